import { MASUMI_BLUEPRINT } from '@x402-facilitator/cardano/testing';
import { mistakeLines } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';

const DEPLOYMENT = { requiredAdmins: '1', adminVkeys: ['ab'.repeat(28)], cooldownPeriod: '0' };
const PROJECT = { blockfrost: { url: 'http://127.0.0.1:1' } };

function load(chain: object, files: Readonly<Record<string, string>> = {}) {
  const all: Readonly<Record<string, string>> = { 'config/config.json': JSON.stringify({ chain }), ...files };
  const read: string[] = [];
  const lines = mistakeLines({
    env: {},
    tier: 'api',
    readFile: (path) => {
      read.push(path);
      const content = all[path];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
  });
  return { read, lines };
}

test('without custom deployments no blueprint is read', () => {
  const { read, lines } = load({ ...PROJECT, masumi: { blueprintPath: '/plutus.json' } });
  expect(lines).toEqual([]);
  expect(read).toEqual(['config/config.json']);
});

describe('custom deployments', () => {
  const masumi = { allowedDeployments: [DEPLOYMENT], blueprintPath: '/plutus.json' };

  test.each([
    [
      'a deployment of another form',
      { ...masumi, allowedDeployments: [DEPLOYMENT, { ...DEPLOYMENT, requiredAdmins: '2' }] },
      {},
      'ConfigInvalidError: chain.masumi.allowedDeployments[1].requiredAdmins: expected a decimal from 1 to 1',
    ],
    [
      'no blueprint',
      { allowedDeployments: [DEPLOYMENT] },
      {},
      'ConfigInvalidError: chain.masumi.blueprintPath: required for allowedDeployments',
    ],
    [
      'a blueprint that is not there',
      masumi,
      {},
      'ConfigInvalidError: chain.masumi.blueprintPath: cannot read /plutus.json: ENOENT',
    ],
    [
      'a blueprint that is not JSON',
      masumi,
      { '/plutus.json': '{' },
      'ConfigInvalidError: chain.masumi.blueprintPath: /plutus.json is not valid JSON',
    ],
    [
      'another blueprint',
      masumi,
      { '/plutus.json': '{"validators":[]}' },
      `ConfigInvalidError: chain.masumi.blueprintPath: /plutus.json: expected the blueprint whose canonical JSON has the SHA-256 ${MASUMI_BLUEPRINT.digest}`,
    ],
  ])('with %s stop the start', (_, settings, files, expected) => {
    const { lines } = load({ ...PROJECT, masumi: settings }, files);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
  });

  test('are inherited by further networks, and their mistake is reported once', () => {
    const alsoServe = [{ network: 'Preprod', ...PROJECT }];
    expect(load({ ...PROJECT, alsoServe, masumi }).lines).toHaveLength(1);
  });

  test('of a further network are its own', () => {
    const alsoServe = [{ network: 'Preprod', ...PROJECT, masumi: { allowedDeployments: [{}] } }];
    expect(load({ ...PROJECT, alsoServe }).lines[0]).toContain(
      'chain.alsoServe[0].masumi.allowedDeployments[0].requiredAdmins: expected a value',
    );
  });
});
