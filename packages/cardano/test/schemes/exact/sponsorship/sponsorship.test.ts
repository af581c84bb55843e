import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  assembleWitness,
  decodeTransaction,
  judgePhase1,
  type OutRefKey,
  outRefKey,
  slotAt,
} from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import { SPONSORSHIP_RULES } from '../../../support/internals.js';
import { PAYER_LOVELACE } from '../../../support/payer-without-ada.js';
import {
  FACILITATOR,
  FEE,
  outputsOf,
  POOL_LOVELACE,
  type SponsoredPayment,
  sponsoredPayment,
} from '../../../support/sponsored-payment.js';
import { MemoryWorld, SPONSORSHIP_ID, saidBy } from '../../../support/world.js';
import { SPONSORSHIP_CASES, type SponsorshipCase } from './cases.js';
import { feeAndSize } from './rules.js';

const PAGE = fileURLToPath(new URL('../../../../../../docs/sponsorship.md', import.meta.url));
const GENERATED = /<!-- rules -->[\s\S]*<!-- \/rules -->/;
const P = 'invalid_exact_cardano_payload';

/** What a node would find wrong once the facilitator's witness is in. */
function judgeWitnessed(world: MemoryWorld, { built }: SponsoredPayment) {
  const signature = FACILITATOR.sign(Buffer.from(built.id, 'hex'));
  const outcome = decodeTransaction(assembleWitness(built.bytes, FACILITATOR.publicKey, signature));
  if (!outcome.ok) throw new Error(outcome.error);
  const outputs = outcome.value.inputs.flatMap((ref) => {
    const fact = world.factOf(ref);
    return fact.status === 'unspent' ? [[outRefKey(ref), fact.output] as const] : [];
  });
  return judgePhase1({
    transaction: outcome.value,
    parameters: world.facts.parameters,
    slot: slotAt(world.facts.timeline, world.nowMs),
    network: world.network,
    outputs: new Map<OutRefKey, (typeof outputs)[number][1]>(outputs),
  });
}

describe.each(SPONSORSHIP_RULES)('rule $number: $name', ({ name, codes }) => {
  const own = SPONSORSHIP_CASES.filter(({ rule }) => rule.name === name);

  test.each(own)('$situation: $expect', async ({ changes, policy, expect: expected, because }) => {
    const world = new MemoryWorld();
    const payment = await sponsoredPayment(world, changes);
    const verdict = world.verify(payment.request, policy);
    const said = saidBy(verdict);
    expect(said.split(':')[0], said).toBe(expected);
    expect(said).toContain(because ?? '');
    if (expected === 'verified') expect(judgeWitnessed(world, payment)).toEqual([]);
  });

  test('every code of it has a case', () => {
    const missing = codes.filter((code) => !own.some(({ expect: expected }) => expected === code));
    // No payment that our rules let so far comes near the ledger's limit: 16 kB of plain outputs cost more than any fee
    // that is paid for somebody else.
    expect(missing).toEqual(name === feeAndSize.name ? [`${P}_phase1_invalid`] : []);
  });
});

test('a verified payment says what it costs us, whose signature it lacks and where the change is', async () => {
  const world = new MemoryWorld();
  const { request, draft } = await sponsoredPayment(world);
  expect(world.verify(request)).toMatchObject({
    ok: true,
    value: {
      payer: draft.sponsored.payer,
      sponsorship: {
        id: SPONSORSHIP_ID,
        output: outRefKey(draft.pool.outRef),
        signer: FACILITATOR.keyHash,
        changeIndex: 2,
        feeLovelace: FEE,
        lentLovelace: draft.minAda,
      },
    },
  });
});

test.each([
  ['nothing', () => 0n],
  ['some of the loan', () => 300_000n],
  ['the loan and some of the fee', (minAda: bigint) => minAda + 50_000n],
  ['loan and fee', (minAda: bigint) => minAda + FEE],
])(
  'a payer that returns %s beyond its duty costs us that much less, to the lovelace',
  async (_name, gift) => {
    const world = new MemoryWorld();
    const { request, draft } = await sponsoredPayment(world, {
      transaction: (unsigned) => {
        const given = gift(unsigned.minAda);
        const [payment, own] = outputsOf(unsigned);
        const [, , change] = outputsOf(unsigned, POOL_LOVELACE - FEE - unsigned.minAda + given);
        return { ...unsigned.spec, outputs: [payment, { ...own, lovelace: PAYER_LOVELACE - given }, change] };
      },
    });
    const verdict = world.verify(request, { ledger: 'rules' });
    if (!verdict.ok || verdict.value.sponsorship === undefined) throw new Error(saidBy(verdict));
    const { changeIndex, feeLovelace, lentLovelace } = verdict.value.sponsorship;
    const transaction = decodeTransaction(verdict.value.bytes);
    const change = transaction.ok ? (transaction.value.outputs[changeIndex]?.lovelace ?? 0n) : 0n;
    expect(feeLovelace + lentLovelace).toBe(POOL_LOVELACE - change);
    expect(feeLovelace + lentLovelace).toBe(FEE + draft.minAda - gift(draft.minAda));
    expect(feeLovelace).toBeLessThanOrEqual(FEE);
  },
);

test('without the extension a transaction that spends our output misses our witness, as ever', async () => {
  const world = new MemoryWorld();
  const { request } = await sponsoredPayment(world, { extension: undefined });
  expect(world.verify(request)).toMatchObject({
    ok: false,
    error: {
      code: `${P}_phase1_invalid`,
      message: expect.stringContaining('MissingVKeyWitnesses'),
    },
  });
});

test('an extension that a client merely echoes names no reservation', async () => {
  const world = new MemoryWorld();
  const { request } = await sponsoredPayment(world, { extension: { info: { description: 'offered' } } });
  expect(world.verify(request)).toMatchObject({ error: { code: `${P}_phase1_invalid` } });
});

function line({ situation, expect: outcome, policy }: SponsorshipCase): string {
  const told = outcome === 'verified' ? 'passes' : `\`${outcome.replace(P, 'P')}\``;
  return `- ${situation}: ${told}${policy === undefined ? '' : ' (by another setting than the usual)'}`;
}

test('docs/sponsorship.md holds every rule and every case, word for word', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toMatch(GENERATED);
  const sections = SPONSORSHIP_RULES.flatMap(({ number, name, codes, source }) => [
    '',
    `**${number}. ${name[0]?.toUpperCase()}${name.slice(1)}.** Why: ${source}. Refused with ${codes.map((code) => `\`${code.replace(P, 'P')}\``).join(', ')}.`,
    '',
    ...SPONSORSHIP_CASES.filter(({ rule }) => rule.name === name).map(line),
  ]);
  const rendered = ['<!-- rules -->', ...sections, '', '<!-- /rules -->'].join('\n');
  await expect(page.replace(GENERATED, () => rendered)).toMatchFileSnapshot(PAGE);
});
