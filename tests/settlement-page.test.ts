import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LASTING_REFUSALS } from '@x402-facilitator/chain/testing';
import { SETTLEMENT_STATES } from '@x402-facilitator/journal';
import { settlementIn, TRANSITIONS } from '@x402-facilitator/journal/testing';
import { outcomeOf, toStatusResponse } from '@x402-facilitator/shared/wire';
import { ROOT } from '@x402-facilitator/tools/stack';
import { expect, test } from 'vitest';

const page = readFileSync(join(ROOT, 'docs/settlement.md'), 'utf8');

/** The cells of every row below a heading. */
function rowsOf(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('docs/settlement.md holds every transition of the table with its trigger, and no other', () => {
  const [first, ...written] = rowsOf('Transitions');
  expect(first?.[0]).toBe('— → `queued`');
  const inCode = TRANSITIONS.map(({ from, to, trigger }) => [`\`${from}\` → \`${to}\``, trigger]);
  expect([...written].sort()).toEqual([...inCode].sort());
});

test('docs/settlement.md says for every state what /status answers, and what a caller does', () => {
  const written = rowsOf('States, and what a caller does');
  expect(written.map(([state, status]) => [state, status])).toEqual(
    SETTLEMENT_STATES.toSorted(byPage(written)).map((state) => [
      `\`${state}\``,
      `\`${toStatusResponse(settlementIn(state)).status}\``,
    ]),
  );
  for (const [state, , known, advice] of written) {
    expect(known, state).not.toBe('');
    const isOver = ['`confirmed`', '`failed`', '`expired`'].includes(state ?? '');
    expect(advice?.startsWith('wait'), state).toBe(!isOver);
  }
  expect(SETTLEMENT_STATES.filter((state) => outcomeOf(settlementIn(state)) === 'pending')).toHaveLength(5);
});

test('docs/settlement.md names every refusal that ends a settlement, by what it is judged by', () => {
  const written = rowsOf('Refusals that end a settlement').map(([, names]) => names?.match(/\w+/g));
  const judgedBy = (what: string) =>
    Object.keys(LASTING_REFUSALS).filter((name) => LASTING_REFUSALS[name] === what);
  expect(written).toEqual([judgedBy('bytes'), judgedBy('outputs')]);
});

function byPage(written: readonly (readonly string[])[]) {
  const place = (state: string) => written.findIndex(([cell]) => cell === `\`${state}\``);
  return (a: string, b: string) => place(a) - place(b);
}
