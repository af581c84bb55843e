import type { PaymentPayload, PaymentRequirements, VerifyResponse } from '@x402/core/types';
import {
  type PaymentRequest,
  readCreatedOutputs,
  type TxHash,
  verifyEd25519,
} from '@x402-facilitator/cardano';
import {
  buildTransaction,
  FEE_SPONSOR_CASES,
  type OfferedChanges,
  offeredPayment,
  SPONSOR,
  sponsorWitnesses,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { blockfrost } from '@x402-facilitator/client';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { FeeSponsor, type FeeSponsorOptions, type SponsorChain } from '@x402-facilitator/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bank, DevnetWorld } from './support/devnet-world.js';

const nowMs = Math.floor(Date.now() / 1000) * 1000;
/** A facilitator that calls everything good, or is the buyer’s. */
const YES: VerifyResponse = { isValid: true, extra: { awaitedSponsorWitness: SPONSOR.keyHash } };
const STRANGER = walletOf('stranger');

let devnet: Devnet;
let bank: Bank;
beforeAll(async () => {
  devnet = await startDevnet({ blockMs: 0, nowMs: () => nowMs });
  bank = new Bank(devnet);
});
afterAll(() => devnet?.close());

const unused = async (): Promise<never> => {
  throw new Error('no other payment is made here');
};
const pay = (changes?: OfferedChanges) =>
  offeredPayment(
    new DevnetWorld({ devnet, bank, nowMs, others: { settle: unused, claimTerms: unused } }),
    changes,
  );

/** A seller’s sponsor, whose signatures are counted. */
function openSponsor(
  options: Partial<FeeSponsorOptions> = {},
  change: (chain: SponsorChain) => SponsorChain = (it) => it,
) {
  const signed: string[] = [];
  const sponsor = new FeeSponsor({
    chain: change(blockfrost('cardano:preview', { url: devnet.url })),
    keys: {
      address: SPONSOR.address(0),
      async sign(_, id) {
        signed.push(Buffer.from(id).toString('hex'));
        return [{ publicKey: SPONSOR.publicKey, signature: SPONSOR.sign(id) }];
      },
    },
    maxFeeLovelace: 2_000_000n,
    clock: () => nowMs,
    ...options,
  });
  const contextOf = ({ paymentPayload, paymentRequirements }: PaymentRequest) => ({
    paymentPayload: paymentPayload as unknown as PaymentPayload,
    requirements: paymentRequirements as PaymentRequirements,
    declaredExtensions: {},
  });
  return {
    signed,
    sign: (request: PaymentRequest, result = YES) => sponsor.sign({ ...contextOf(request), result }),
    witnesses: (request: PaymentRequest) =>
      sponsor.witnessesFor({ ...contextOf(request), phase: 'after-handler' }),
    release: (request: PaymentRequest) => sponsor.release(contextOf(request)),
    /** What a 402 offers for these terms. */
    enrich({ paymentRequirements }: PaymentRequest) {
      const { network, scheme } = paymentRequirements;
      const requirements = { ...(paymentRequirements as PaymentRequirements), extra: {} };
      const kind = { x402Version: 2, scheme, network: network as 'cardano:preview' };
      sponsor.hear(requirements, { ...kind, extra: { acceptsSponsorWitnesses: true } });
      return sponsor.enrich({
        requirements: [requirements],
        resourceInfo: { url: 'https://shop.example/report' },
        paymentRequiredResponse: { x402Version: 2, resource: { url: '' }, accepts: [requirements] },
      });
    },
  };
}

describe.each(FEE_SPONSOR_CASES.filter(({ expect: expected }) => expected !== 'verified'))(
  'whatever the facilitator says: $rule.name, $situation',
  ({ changes }) => {
    test(': the seller does not sign', async () => {
      const { request } = await pay(changes);
      const { sign, signed, witnesses } = openSponsor();
      await sign(request);
      expect(signed).toEqual([]);
      expect(witnesses(request)).toBeUndefined();
    });
  },
);

test('it signs a fair payment once, and gives the signature at every settle', async () => {
  const { request, built } = await pay();
  const { sign, signed, witnesses } = openSponsor();
  expect(witnesses(request)).toBeUndefined();
  expect(await sign(request)).toBeUndefined();
  expect(await sign(request)).toBeUndefined();
  expect(signed).toEqual([built.id]);
  expect(witnesses(request)).toEqual({ sponsorWitnesses: sponsorWitnesses(built) });
  const signature = Buffer.from(sponsorWitnesses(built).slice(-128), 'hex');
  expect(verifyEd25519(SPONSOR.publicKey, Buffer.from(built.id, 'hex'), signature)).toBe(true);
});

test('it signs nothing that the facilitator does not wait for', async () => {
  const { request } = await pay();
  const { sign, signed } = openSponsor();
  expect(await sign(request, { isValid: true })).toBeUndefined();
  expect(await sign(request, { isValid: false, invalidReason: 'fee_sponsor_refused' })).toBeUndefined();
  expect(signed).toEqual([]);
});

describe('one output pays for one payment', () => {
  /** Another payment that spends the same offered output. */
  async function rivalOf(first: Awaited<ReturnType<typeof pay>>) {
    const second = await pay();
    const { spec, source } = second.draft;
    const built = buildTransaction({ ...spec, inputs: [source.outRef, first.draft.lent.outRef] });
    const { paymentPayload } = second.request;
    const payload = { ...paymentPayload.payload, transaction: built.base64 };
    const { paymentRequirements } = first.request;
    return { built, request: { paymentPayload: { ...paymentPayload, payload }, paymentRequirements } };
  }

  test('the first one that is shown has it, until it is let go of', async () => {
    const first = await pay();
    const rival = await rivalOf(first);
    const { sign, release, signed } = openSponsor();
    expect(await sign(first.request)).toBeUndefined();
    expect(await sign(rival.request)).toMatchObject({ abort: true, reason: 'fee_sponsor_taken' });
    release(rival.request);
    expect(await sign(rival.request)).toMatchObject({ reason: 'fee_sponsor_taken' });
    release(first.request);
    expect(await sign(rival.request)).toBeUndefined();
    expect(signed.at(-1)).toBe(rival.built.id);
  });

  test('once its signature was given away it has it until no block can hold it', async () => {
    let clockMs = nowMs;
    const first = await pay();
    const rival = await rivalOf(first);
    const { sign, release, witnesses } = openSponsor({ clock: () => clockMs });
    await sign(first.request);
    expect(witnesses(first.request)).toBeDefined();
    release(first.request);
    expect(await sign(rival.request)).toMatchObject({ reason: 'fee_sponsor_taken' });
    clockMs += 301_000 + 600_000;
    expect(await sign(rival.request), 'it is too late for this one, too').toMatchObject({
      reason: 'invalid_exact_cardano_payload_ttl_expired',
    });
    const later = await pay();
    expect(await sign(later.request)).toMatchObject({ reason: 'invalid_exact_cardano_payload_ttl_expired' });
  });

  test('of twenty at once one is signed for', async () => {
    const first = await pay();
    const rivals = await Promise.all(Array.from({ length: 19 }, () => rivalOf(first)));
    const { sign, witnesses } = openSponsor();
    const requests = [first.request, ...rivals.map(({ request }) => request)];
    const said = await Promise.all(requests.map((request) => sign(request)));
    expect(said.filter((it) => it === undefined)).toHaveLength(1);
    expect(requests.filter((request) => witnesses(request) !== undefined)).toHaveLength(1);
  });
});

describe('offers that are not the seller’s', () => {
  test.each<[string, OfferedChanges, Partial<FeeSponsorOptions>]>([
    ['a larger fee than it pays', {}, { maxFeeLovelace: 299_999n }],
    [
      'an end after the accept’s own time',
      { offer: ({ offer }) => ({ ...offer, expiresAt: `${nowMs + 601_000}` }) },
      {},
    ],
    [
      'another seller’s key',
      { lent: { owner: STRANGER }, offer: ({ offer }) => ({ ...offer, address: STRANGER.address(0) }) },
      {},
    ],
  ])('%s', async (_, changes, options) => {
    const { request } = await pay(changes);
    const { sign, signed } = openSponsor(options);
    expect(await sign(request)).toMatchObject({ abort: true, reason: 'fee_sponsor_refused' });
    expect(signed).toEqual([]);
  });
});

describe('a provider', () => {
  test('that does not answer costs the buyer a new 402, and nothing is signed', async () => {
    const { request } = await pay();
    const errors: unknown[] = [];
    const { sign, signed } = openSponsor({ onError: (error) => errors.push(error) }, (chain) => ({
      ...chain,
      transaction: () => Promise.reject(new Error('503')),
    }));
    expect(await sign(request)).toMatchObject({ reason: 'fee_sponsor_unavailable' });
    expect([signed, errors]).toEqual([[], [new Error('503')]]);
  });

  test('that hangs holds no 402 up for long, and is not asked again by each', async () => {
    const { request } = await pay();
    let asked = 0;
    const { sign, enrich } = openSponsor({}, (chain) => ({
      ...chain,
      unspentOutputs() {
        asked += 1;
        return new Promise(() => undefined);
      },
    }));
    const startedMs = performance.now();
    const [offered] = (await enrich(request)) ?? [];
    expect(offered?.extra).toMatchObject({ areFeesSponsored: false });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(await sign(request)).toMatchObject({ reason: 'fee_sponsor_unavailable' });
    expect(asked).toBe(1);
  });

  test('that shows another transaction for the one that made an input is not believed', async () => {
    const { request, draft } = await pay();
    const { sign, signed } = openSponsor({}, (chain) => ({
      ...chain,
      transaction: (txHash: TxHash) =>
        chain.transaction(txHash === draft.source.outRef.txHash ? draft.lent.outRef.txHash : txHash),
    }));
    expect(await sign(request)).toMatchObject({ abort: true });
    expect(signed).toEqual([]);
  });

  test('cannot make an input of the sponsor’s look like the buyer’s: its bytes hash to its id', async () => {
    const { request } = await pay(
      FEE_SPONSOR_CASES.find(({ situation }) => situation.startsWith('a second output of the seller'))
        ?.changes,
    );
    const { sign, signed } = openSponsor({}, (chain) => ({
      ...chain,
      async transaction(txHash: TxHash) {
        const made = await chain.transaction(txHash);
        const bytes = made?.bytes.slice() ?? new Uint8Array();
        const at = Buffer.from(bytes).indexOf(Buffer.from(SPONSOR.keyHash, 'hex'));
        if (at > 0) bytes[at] = (bytes[at] ?? 0) ^ 1;
        expect(readCreatedOutputs(bytes, true).ok).toBe(true);
        return { bytes, isValid: true };
      },
    }));
    expect(await sign(request)).toMatchObject({ abort: true });
    expect(signed).toEqual([]);
  });
});

test('a key that signs as another is an error, not a signature', async () => {
  const { request } = await pay();
  const errors: unknown[] = [];
  const { sign, witnesses } = openSponsor({
    keys: {
      address: SPONSOR.address(0),
      sign: async (_, id) => [{ publicKey: STRANGER.publicKey, signature: STRANGER.sign(id) }],
    },
    onError: (error) => errors.push(error),
  });
  expect(await sign(request)).toMatchObject({ reason: 'fee_sponsor_unavailable' });
  expect(witnesses(request)).toBeUndefined();
  expect(errors).toHaveLength(1);
});

test('it is opened with a key’s address, and a chain that says what the ledger costs', () => {
  const chain = blockfrost('cardano:preview', { url: devnet.url });
  const sign = unused;
  expect(() => new FeeSponsor({ chain, keys: { address: 'addr_test1', sign } })).toThrow('guarded by a key');
  const { ledgerParameters: _, ...poor } = chain;
  expect(() => new FeeSponsor({ chain: poor, keys: { address: SPONSOR.address(0), sign } })).toThrow(
    'all protocol parameters',
  );
});
