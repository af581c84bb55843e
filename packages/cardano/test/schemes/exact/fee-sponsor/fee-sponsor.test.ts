import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeTransaction } from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import { readOffer, writeOffer } from '../../../../src/fee-sponsor.js';
import { FEE_SPONSOR_RULES } from '../../../support/internals.js';
import {
  offeredPayment,
  SPONSOR,
  sponsorWitnesses,
  withSponsorWitnesses,
} from '../../../support/offered-payment.js';
import { PAYER } from '../../../support/payment.js';
import { MemoryWorld, saidBy } from '../../../support/world.js';
import { FEE_SPONSOR_CASES, type FeeSponsorCase } from './cases.js';

const PAGE = fileURLToPath(new URL('../../../../../../docs/sponsorship.md', import.meta.url));
const GENERATED = /<!-- offers -->[\s\S]*<!-- \/offers -->/;
const P = 'invalid_exact_cardano_payload';
const ON = { acceptsSponsorWitnesses: true } as const;

describe.each(FEE_SPONSOR_RULES)('rule $number: $name', ({ name, codes }) => {
  const own = FEE_SPONSOR_CASES.filter(({ rule }) => rule.name === name);

  test.each(own)('$situation: $expect', async ({ changes, expect: expected, because }) => {
    const world = new MemoryWorld();
    const payment = await offeredPayment(world, changes);
    const verdict = world.verify(payment.request, ON);
    const said = saidBy(verdict);
    expect(said.split(':')[0], said).toBe(expected);
    expect(said).toContain(because ?? '');
    // The body is the payer's, whatever is put in beside it.
    if (verdict.ok) expect(verdict.value.txHash).toBe(payment.built.id);
  });

  test('every code of it has a case', () => {
    expect(codes.filter((code) => !own.some(({ expect: expected }) => expected === code))).toEqual([]);
  });
});

test('a payment without the seller’s witness is good and cannot be settled: it says whose is awaited', async () => {
  const world = new MemoryWorld();
  const { request, built } = await offeredPayment(world);
  expect(world.verify(request, ON)).toMatchObject({
    ok: true,
    value: {
      payer: PAYER.address(0),
      bytes: built.bytes,
      extra: { awaitedSponsorWitness: SPONSOR.keyHash },
      unsettleable: {
        code: 'fee_sponsor_witness_missing',
        message: expect.stringContaining(SPONSOR.keyHash),
      },
    },
  });
});

test.each([
  { name: 'of definite length', encoding: {} },
  { name: 'without lengths', encoding: { length: 'indefinite' } },
  { name: 'with plain arrays for sets', encoding: { sets: 'untagged' } },
  {
    name: 'with long heads, plain arrays and no lengths',
    encoding: { sets: 'untagged', length: 'indefinite', heads: 4 },
  },
] as const)(
  'the completed bytes $name differ by the one witness, and in nothing else',
  async ({ encoding }) => {
    const world = new MemoryWorld();
    const payment = await offeredPayment(world, {
      transaction: ({ spec }) => ({ ...spec, encoding }),
      offer: ({ offer }) => ({ ...offer, maxFee: '400000' }),
    });
    const verdict = world.verify(withSponsorWitnesses(payment), ON);
    if (!verdict.ok) throw new Error(saidBy(verdict));
    const { bytes } = verdict.value;
    expect(verdict.value).not.toHaveProperty('unsettleable');
    expect(verdict.value).not.toHaveProperty('extra');
    const [before, after] = [payment.built.bytes, bytes].map((each) => {
      const decoded = decodeTransaction(each);
      if (!decoded.ok) throw new Error(decoded.error);
      return decoded.value;
    });
    expect(after?.bodyBytes).toEqual(before?.bodyBytes);
    expect(after?.vkeyWitnesses).toEqual([
      ...(before?.vkeyWitnesses ?? []),
      { publicKey: SPONSOR.publicKey, signature: SPONSOR.sign(Buffer.from(payment.built.id, 'hex')) },
    ]);
    const witness = Buffer.concat([
      Buffer.from('825820', 'hex'),
      SPONSOR.publicKey,
      Buffer.from('5840', 'hex'),
      SPONSOR.sign(Buffer.from(payment.built.id, 'hex')),
    ]);
    const at = Buffer.from(bytes).indexOf(witness);
    const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + witness.length)]);
    // The list's own length may be written in its head.
    const differing = [...without].filter((byte, index) => byte !== payment.built.bytes[index]);
    expect(without.length).toBe(payment.built.bytes.length);
    expect(differing).toHaveLength('length' in encoding ? 0 : 1);
  },
);

describe('where the operator does not accept sellers’ witnesses', () => {
  test('a payment that spends the offered output misses a witness, as ever', async () => {
    const world = new MemoryWorld();
    const payment = await offeredPayment(world);
    for (const request of [payment.request, withSponsorWitnesses(payment), withSponsorWitnesses(payment, 7)])
      expect(world.verify(request)).toMatchObject({
        ok: false,
        error: { code: `${P}_phase1_invalid`, message: expect.stringContaining('MissingVKeyWitnesses') },
      });
  });

  test('an offer is a field like any other, and one that is broken harms no plain payment', async () => {
    const world = new MemoryWorld();
    const { request } = await offeredPayment(world, {
      offer: () => 'mine',
      transaction: ({ spec }) => ({ ...spec, signers: [PAYER, SPONSOR] }),
    });
    expect(saidBy(world.verify(request))).toBe('verified');
    expect(saidBy(world.verify(request, ON))).toContain('feeSponsor');
  });
});

test('with the named rules alone the ledger is not asked, and nothing is settled without the witness either', async () => {
  const world = new MemoryWorld();
  const payment = await offeredPayment(world);
  const policy = { ...ON, ledger: 'rules' } as const;
  expect(world.verify(payment.request, policy)).toMatchObject({
    value: { unsettleable: { code: 'fee_sponsor_witness_missing' } },
  });
  expect(world.verify(withSponsorWitnesses(payment), policy)).not.toHaveProperty('value.unsettleable');
});

test('an offer that is read and written again is the same', async () => {
  const { draft } = await offeredPayment(new MemoryWorld());
  const read = readOffer({ network: 'cardano:preview', extra: { feeSponsor: draft.offer } });
  if (!read.ok || read.value === undefined) throw new Error('expected an offer');
  expect(writeOffer(read.value)).toEqual(draft.offer);
  expect(readOffer({ network: 'cardano:preview', extra: null })).toEqual({ ok: true, value: undefined });
});

test('the witness of the draft’s own form is read', async () => {
  const payment = await offeredPayment(new MemoryWorld());
  expect(sponsorWitnesses(payment.built)).toMatch(/^a100818258[0-9a-f]+$/);
});

function line({ situation, expect: outcome }: FeeSponsorCase): string {
  return `- ${situation}: ${outcome === 'verified' ? 'passes' : `\`${outcome.replace(P, 'P')}\``}`;
}

test('docs/sponsorship.md holds every rule and every case of an offer, word for word', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toMatch(GENERATED);
  const sections = FEE_SPONSOR_RULES.flatMap(({ number, name, codes, source }) => [
    '',
    `**${number}. ${name[0]?.toUpperCase()}${name.slice(1)}.** Why: ${source}. Refused with ${codes.map((code) => `\`${code.replace(P, 'P')}\``).join(', ')}.`,
    '',
    ...FEE_SPONSOR_CASES.filter(({ rule }) => rule.name === name).map(line),
  ]);
  const rendered = ['<!-- offers -->', ...sections, '', '<!-- /offers -->'].join('\n');
  await expect(page.replace(GENERATED, () => rendered)).toMatchFileSnapshot(PAGE);
});
