import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CHANNEL_RULES } from '../../support/internals.js';
import { type ChannelCase, KINDS } from './case.js';
import { CHANNEL_CASES } from './cases.js';

const PAGE = fileURLToPath(new URL('../../../../../docs/channels.md', import.meta.url));
const GENERATED = /<!-- rules -->[\s\S]*<!-- \/rules -->/;
const PREFIX = 'invalid_batch_settlement_cardano_';
const WORDS: Readonly<Record<string, string>> = { topUp: 'top-up' };

function word(kind: string): string {
  return WORDS[kind] ?? kind;
}

function shortCode(code: string): string {
  return `\`${code.startsWith(PREFIX) ? `…_${code.slice(PREFIX.length)}` : code}\``;
}

/** The codes of a rule, each once; a rule of several kinds has one for each. */
function codesOf(name: string): string {
  const rules = KINDS.flatMap((kind) => CHANNEL_RULES[kind].filter((rule) => rule.name === name));
  return [...new Set(rules.flatMap(({ codes }) => codes))].map(shortCode).join(', ');
}

/** One line for a situation, whichever kinds it is tried with. */
function lines(name: string): readonly string[] {
  const situations = new Map<string, readonly ChannelCase[]>();
  for (const example of CHANNEL_CASES.filter(({ rule }) => rule === name)) {
    const key = `${example.situation}\n${example.only ?? ''}`;
    situations.set(key, [...(situations.get(key) ?? []), example]);
  }
  return [...situations.values()].map((examples) => {
    const [first] = examples;
    const outcomes = new Set(examples.map(({ expect: outcome }) => outcome));
    const told = [...outcomes].map((outcome) => (outcome === 'accepted' ? 'passes' : shortCode(outcome)));
    const unit = first?.only === undefined ? '' : ` (${first.only === 'ada' ? 'ADA' : 'token'})`;
    return `- ${first?.situation}${unit}: ${told.join(', ')}`;
  });
}

function rendered(): string {
  const names = [...new Set(KINDS.flatMap((kind) => CHANNEL_RULES[kind].map(({ name }) => name)))];
  const numbers = (name: string) =>
    KINDS.map((kind) => `${CHANNEL_RULES[kind].find((rule) => rule.name === name)?.number ?? ''}`).join(
      ' | ',
    );
  const source = (name: string) =>
    KINDS.flatMap((kind) => CHANNEL_RULES[kind]).find((rule) => rule.name === name)?.source;
  return [
    '<!-- rules -->',
    '',
    `\`…\` is \`${PREFIX.slice(0, -1)}\`. The numbers say in which order a request of a kind meets the rules.`,
    '',
    `| rule | ${KINDS.map(word).join(' | ')} | refused with | source |`,
    `|---|${KINDS.map(() => '---|').join('')}---|---|`,
    ...names.map((name) => `| ${name} | ${numbers(name)} | ${codesOf(name)} | ${source(name)} |`),
    '',
    `Each situation below is tried with every kind that meets the rule, in ADA and in a token: ${CHANNEL_CASES.length} in all.`,
    '',
    ...names.flatMap((name) => [`### ${name}`, '', ...lines(name), '']),
    '<!-- /rules -->',
  ].join('\n');
}

test('docs/channels.md holds every rule and every case, word for word', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toMatch(GENERATED);
  await expect(page.replace(GENERATED, () => rendered())).toMatchFileSnapshot(PAGE);
});
