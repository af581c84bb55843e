import { expect, test } from 'vitest';
import { groupProfile } from '../src/profile/group-profile.js';

const frame = (functionName: string, url = '') => ({ functionName, url });

test('work is counted for the innermost part that it belongs to, and neither idling nor loading is work', () => {
  const shares = groupProfile({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 5, 6, 7] },
      { id: 2, callFrame: frame('check', 'file:///p/cardano/dist/schemes/rule.js'), children: [3] },
      {
        id: 3,
        callFrame: frame('verifyEd25519', 'file:///p/cardano/dist/ledger/primitives/ed25519.js'),
        children: [4],
      },
      { id: 4, callFrame: frame('verifyOneShot', 'node:internal/crypto/sig') },
      { id: 5, callFrame: frame('(idle)') },
      { id: 6, callFrame: frame('(garbage collector)') },
      { id: 7, callFrame: frame('Module._load', 'node:internal/modules/cjs/loader') },
    ],
    samples: [2, 4, 3, 5, 6, 7],
    timeDeltas: [10, 50, 20, 1_000, 20, 500],
  });
  expect(shares).toEqual([
    { part: 'signatures', percent: 70 },
    { part: 'garbage collection', percent: 20 },
    { part: 'rules, and the validator’s question', percent: 10 },
  ]);
});
