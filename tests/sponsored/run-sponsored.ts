import {
  type OutRef,
  outRefKey,
  parseAddress,
  parseOutRef,
  slot,
  slotAt,
  type Timeline,
  type TxHash,
} from '@x402-facilitator/cardano';
import { buildTransaction, type Wallet, walletOf } from '@x402-facilitator/cardano/testing';
import { type ChainProvider, createBlockfrostProvider } from '@x402-facilitator/chain';
import {
  connectRedis,
  createPoolTransactionStore,
  createSponsorshipStore,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import type { SponsorshipBooks } from '@x402-facilitator/journal/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import { get, post } from '../support/facilitator.js';

const NETWORK = 'cardano:preview';
const POOL_LOVELACE = 5_000_000n;
const FEE = 200_000n;
const PRICE = 40n;
/** The value of each of the payer's outputs: tokens and their min-ada. */
const TOKENS = 100n;
const LOVELACE = 1_300_000n;

export type SponsoredReport = {
  readonly payments: number;
  readonly workers: number;
  /** From the first reservation to the last confirmation. */
  readonly seconds: number;
  readonly books: SponsorshipBooks;
  /** The wallet's balance on the ledger, now and before. Lovelace. */
  readonly balance: bigint;
  readonly funded: bigint;
  /** Mistakes that were found; empty on success. */
  readonly violations: readonly string[];
};

/** One payment in flight. */
type Paid = { readonly txHash: TxHash; readonly poolInput: string };

/**
 * Runs a whole facilitator, lets a payer who owns only a token pay many times at once, and checks the wallet's books
 * against the ledger.
 */
export async function runSponsored(options: {
  readonly payments: number;
  readonly workers: number;
  readonly announce: (line: string) => void;
}): Promise<SponsoredReport> {
  const { payments, workers, announce } = options;
  const stack = await startStack({
    apis: 2,
    workers,
    paywall: false,
    blockMs: 500,
    settings: {
      X402_SPONSORSHIP__ENABLED: 'true',
      X402_SPONSORSHIP__POOL__SIZE: String(payments),
      X402_SPONSORSHIP__LIMITS__PER_PAYER_LOVELACE: '10000000000',
      X402_SPONSORSHIP__LIMITS__PER_KEY_LOVELACE: '10000000000',
      X402_SPONSORSHIP__LIMITS__PER_DAY_LOVELACE: '10000000000',
      X402_CHAIN__RESERVATION__MAX_CONCURRENT: String(payments),
      X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
    },
  });
  const redis = connectRedis({
    settings: redisSettingsFromUrl(stack.redis.url),
    role: 'worker',
    name: 'sponsored',
    onError: () => undefined,
  });
  const chain = createBlockfrostProvider({ network: NETWORK, url: stack.devnet.url });
  try {
    const store = createSponsorshipStore({ redis, network: NETWORK });
    const funded = BigInt(payments) * 5_200_000n + 100_000_000n;
    await stack.control.fund({ address: stack.walletAddress, lovelace: funded });
    const crowd = await fundCrowd(stack, chain, payments);
    const timeline = await chain.getTimeline();
    await waitUntil(async () => (await store.counts()).free === payments, {
      what: `the pool to hold ${payments} outputs`,
    });
    announce(`${payments} outputs in the pool, ${workers} workers`);

    const startedMs = performance.now();
    const paid = await Promise.all(
      crowd.outputs.map((nonce, index) => pay(stack, crowd.payer, nonce, timeline, index)),
    );
    const outcomes = await Promise.all(paid.map(({ txHash }, index) => outcomeOf(stack, txHash, index)));
    const seconds = (performance.now() - startedMs) / 1000;
    announce(`all settled after ${seconds.toFixed(1)} s`);

    const transactions = createPoolTransactionStore({ redis, network: NETWORK });
    const readBooks = async () => {
      const books = await store.books();
      if (books.ok) return books.value;
      throw new Error(`the books cannot be read: ${books.error}`);
    };
    const { books, balance } = await waitUntil(
      async () => {
        const before = await readBooks();
        const held = await chain.getUnspentOutputs(stack.walletAddress);
        // The fee of the wallet's own transaction is booked once a worker has seen it land.
        const own = await transactions.read();
        if (!own.ok || own.value !== undefined) return undefined;
        const books = await readBooks();
        if (books.poolCount !== before.poolCount) return undefined;
        return { books, balance: held.reduce((sum, { lovelace }) => sum + lovelace, 0n) };
      },
      { what: 'a moment without an own transaction of the wallet in flight' },
    );
    const spent = await spentOnChain(chain, stack.walletAddress, paid);
    const violations = [
      ...outcomes.flatMap((outcome, index) =>
        outcome === 'confirmed' ? [] : [`${paid[index]?.txHash} is ${outcome}, not confirmed`],
      ),
      ...unequal('outputs of the pool used', new Set(paid.map(({ poolInput }) => poolInput)).size, payments),
      ...unequal('payments signed for', books.signedCount, payments),
      ...unequal('lovelace that the ledger shows the payments cost', spent, books.signedLovelace),
      ...unequal('lovelace in the wallet', balance, funded - books.signedLovelace - books.poolFeeLovelace),
      ...unequal(
        'lovelace returned, spent and outstanding',
        books.returnedLovelace + books.spentFeeLovelace + books.spentLentLovelace + books.outstandingLovelace,
        books.reservedLovelace,
      ),
    ];
    return { payments, workers, seconds, books, balance, funded, violations };
  } finally {
    await chain.close();
    await disconnectRedis(redis);
    await stack.stop();
  }
}

function unequal(what: string, found: number | bigint, expected: number | bigint): string[] {
  return found === expected ? [] : [`${what}: expected ${expected}, found ${found}`];
}

/** A payer with many outputs of a token, and only the min-ada that each needs. */
export async function fundCrowd(
  stack: Stack,
  chain: ChainProvider,
  outputs: number,
): Promise<{ readonly payer: Wallet; readonly outputs: readonly OutRef[] }> {
  const payer = walletOf('a crowd');
  const address = payer.address(0);
  const tokens = TOKENS * BigInt(outputs);
  await stack.control.fund({ address, lovelace: LOVELACE * BigInt(outputs), tokens, outputs });
  const held = await chain.getUnspentOutputs(address);
  return { payer, outputs: held.map(({ outRef }) => outRef) };
}

/** The steps of a client: reserve, sign, settle. */
async function pay(...order: Parameters<typeof orderSponsored>): Promise<Paid> {
  const { request, ...paid } = await orderSponsored(...order);
  const [stack, , , , index] = order;
  const settled = await post(`${apiOf(stack, index)}/settle`, request, { prefer: 'respond-async' });
  if (settled.status !== 202) throw new Error(`not accepted: ${JSON.stringify(settled.body)}`);
  return paid;
}

/** Reserves an output, and signs a payment with it. */
export async function orderSponsored(
  stack: Stack,
  payer: Wallet,
  nonce: OutRef,
  timeline: Timeline,
  index: number,
): Promise<Paid & { readonly id: string; readonly request: object }> {
  const url = apiOf(stack, index);
  const paymentRequirements = {
    scheme: 'exact',
    network: NETWORK,
    asset: stack.token,
    amount: `${PRICE}`,
    payTo: stack.payTo,
    maxTimeoutSeconds: 600,
  };
  const { status, body } = await post(`${url}/sponsorships`, {
    network: NETWORK,
    payer: payer.address(0),
    paymentRequirements,
  });
  if (status !== 201) throw new Error(`no reservation: ${status} ${JSON.stringify(body)}`);
  const input = body.input as { readonly transaction: string; readonly index: number };
  const poolInput = parseOutRef(`${input.transaction}#${input.index}`);
  if (poolInput === undefined) throw new Error(`expected an output, found ${JSON.stringify(input)}`);
  const lent = BigInt(String(body.minAdaLovelace));
  const [policyId = '', name = ''] = stack.token.split('.');
  const built = buildTransaction({
    inputs: [nonce, poolInput],
    outputs: [
      { address: bytesOf(stack.payTo), lovelace: lent, assets: [[policyId, name, PRICE]] },
      { address: payer.addressBytes(0), lovelace: LOVELACE, assets: [[policyId, name, TOKENS - PRICE]] },
      { address: bytesOf(String(body.changeAddress)), lovelace: POOL_LOVELACE - FEE - lent },
    ],
    fee: FEE,
    ttl: slot(slotAt(timeline, Date.now()) + 500),
    signers: [payer],
  });
  const request = {
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      accepted: { scheme: 'exact', network: NETWORK },
      resource: { url: `https://seller.example/${index}` },
      payload: { transaction: built.base64, nonce: outRefKey(nonce) },
      extensions: { cardanoFeeSponsorship: { info: { id: body.id } } },
    },
    paymentRequirements,
  };
  return { id: String(body.id), request, txHash: built.id, poolInput: outRefKey(poolInput) };
}

async function outcomeOf(stack: Stack, txHash: TxHash, index: number): Promise<unknown> {
  return waitUntil(
    async () => {
      const { body } = await get(`${apiOf(stack, index)}/status/${txHash}?wait=20`);
      return body.status === 'pending' ? undefined : body.status;
    },
    { what: `${txHash} to be settled` },
  );
}

/** The wallet's cost of the payments, from the ledger alone. */
export async function spentOnChain(
  chain: ChainProvider,
  wallet: string,
  paid: readonly Pick<Paid, 'txHash'>[],
): Promise<bigint> {
  let spent = 0n;
  for (const { txHash } of paid) {
    const outputs = await chain.getTransactionOutputs(txHash);
    const change = outputs?.find(({ output }) => output.address === wallet)?.output.lovelace ?? 0n;
    spent += POOL_LOVELACE - change;
  }
  return spent;
}

function apiOf({ apis }: Stack, index: number): string {
  const api = apis[index % apis.length];
  if (api === undefined) throw new Error('expected an API');
  return api.url;
}

function bytesOf(text: string): Uint8Array {
  const address = parseAddress(text);
  if (!address.ok) throw new Error(address.error);
  return address.value.bytes;
}
