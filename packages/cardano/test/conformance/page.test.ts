import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PHASE_1_CASES } from '../ledger/phase-1/cases.js';
import { PHASE_1_RULES, RULES, STAGES } from '../support/internals.js';
import { CASES, type Case } from './cases.js';

const PAGE = fileURLToPath(new URL('../../../../docs/verification.md', import.meta.url));
const LEDGER = /<!-- ledger -->[\s\S]*<!-- \/ledger -->/;
const GENERATED = /<!-- rules -->[\s\S]*<!-- \/rules -->/;
/** Masumi has a page of its own. */
const MASUMI = 'masumi: ';
const PREFIXES = { P: 'invalid_exact_cardano_payload', R: 'invalid_exact_cardano_requirements' } as const;

function shortCode(code: string): string {
  for (const [letter, prefix] of Object.entries(PREFIXES))
    if (code === prefix || code.startsWith(`${prefix}_`)) return `${letter}${code.slice(prefix.length)}`;
  return code;
}

function codesOf(codes: readonly string[]): string {
  const own = codes.filter((code) => !code.includes('_masumi_')).map((code) => `\`${shortCode(code)}\``);
  const masumi = codes.length > own.length ? ['those of [masumi.md](masumi.md)'] : [];
  return [...new Set(own), ...masumi].join(', ');
}

/** The facts that the last part of a rule needs. */
function needOf(name: string): string {
  const needs = Object.entries(STAGES).filter(([, { rules }]) => rules.some((rule) => rule.name === name));
  return needs.at(-1)?.[0] ?? '';
}

function line({ situation, expect: outcome, policy }: Case): string {
  const told = outcome === 'verified' ? 'passes' : `\`${shortCode(outcome)}\``;
  return `- ${situation}: ${told}${policy === undefined ? '' : ' (by another setting than the usual)'}`;
}

function rendered(): string {
  const letters = Object.entries(PREFIXES).map(([letter, prefix]) => `\`${letter}\` is \`${prefix}\``);
  const table = RULES.map(
    ({ number, name, codes, source }) =>
      `| ${number} | ${name} | ${needOf(name)} | ${codesOf(codes)} | ${source} |`,
  );
  const sections = RULES.map(({ number, name }) => {
    const cases = CASES.filter(({ rule, situation }) => rule.name === name && !situation.startsWith(MASUMI));
    return [`### Rule ${number}: ${name}`, '', ...cases.map(line)].join('\n');
  });
  return [
    '<!-- rules -->',
    '',
    `${letters.join(' and ')}.`,
    '',
    '| # | rule | needs | refused with | source |',
    '|---|---|---|---|---|',
    ...table,
    '',
    sections.join('\n\n'),
    '',
    '<!-- /rules -->',
  ].join('\n');
}

function renderedLedger(): string {
  const rows = PHASE_1_RULES.flatMap(({ name, predicates, source }) =>
    predicates.map((predicate) => {
      const cases = PHASE_1_CASES.filter((example) => example.predicates[0] === predicate);
      return `| \`${predicate}\` | ${name} | ${source} | ${cases.map(({ situation }) => situation).join('; ')} |`;
    }),
  );
  return [
    '<!-- ledger -->',
    '',
    '| predicate | rule | source | refused when |',
    '|---|---|---|---|',
    ...rows,
    '',
    'Accepted are, among others:',
    '',
    ...PHASE_1_CASES.filter(({ predicates }) => predicates.length === 0).map(
      ({ situation }) => `- ${situation}`,
    ),
    '',
    '<!-- /ledger -->',
  ].join('\n');
}

test('docs/verification.md holds every rule and every case, word for word', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toMatch(GENERATED);
  expect(page).toMatch(LEDGER);
  const written = page.replace(GENERATED, () => rendered()).replace(LEDGER, () => renderedLedger());
  await expect(written).toMatchFileSnapshot(PAGE);
});
