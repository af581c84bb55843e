import { type OutRef, parseAddress, parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import type { Stack } from '@x402-facilitator/tools/stack';
import { askDevnet } from '../support/index.js';
import { generateKeys, type Keys } from './keys.js';
import { FEE_LOVELACE, requestBody, type SignedTransaction, signTransaction } from './sign.js';

/** One payment, ready to be sent. */
export type PreparedPayment = {
  readonly transaction: TxHash;
  readonly source: OutRef;
  readonly sourceLovelace: bigint;
  readonly bytes: Uint8Array;
  /** First slot at which it is no longer valid. */
  readonly ttl: number;
  /** The JSON body of `/verify` and `/settle`. */
  readonly body: string;
};

/** A payer's money on the devnet, in as many outputs as there will be payments. */
export type Purse = {
  /** bech32. */
  readonly address: string;
  /**
   * Signs payments, each of an output that no other payment spends.
   *
   * @throws RangeError when fewer outputs are left.
   */
  pay(count: number, options?: PayOptions): PreparedPayment[];
};

export type PayOptions = {
  /** `l1Confirmations`; 1 by default. */
  readonly confirmations?: number;
  /** Until when it may land; 3 000 s by default, so that thousands can be signed ahead. */
  readonly ttlSeconds?: number;
};

export type PurseOptions = {
  readonly outputs: number;
  /** Whether every output is the only one of its transaction: then each payment needs a chain lookup of its own. */
  readonly ownParents?: boolean;
};

/** What the merchant asks. */
export const PRICE_LOVELACE = 2_000_000n;
const OUTPUT_LOVELACE = 6_000_000n;
/** Splits that the faucet makes in one go. */
const OUTPUTS_PER_GRANT = 2_000;
const SUBMISSIONS_AT_A_TIME = 8;
/** The longest that a facilitator lets a payment take, by default (`chain.verification.maxTimeoutSeconds`). */
const MAX_TIMEOUT_SECONDS = 3_600;

type Source = { readonly ref: OutRef; readonly lovelace: bigint };
type Chain = Pick<Stack, 'devnet' | 'network' | 'payTo' | 'control'>;

/** Fills a purse on the stack's devnet. */
export async function openPurse(stack: Chain, { outputs, ownParents = false }: PurseOptions): Promise<Purse> {
  const keys = generateKeys();
  const granted = await grant(stack, keys, outputs);
  const sources = ownParents ? await giveEachAParent(stack, keys, granted) : granted;
  const slotNow = await readClock(stack);
  const to = parseAddress(stack.payTo);
  if (!to.ok) throw new Error(`payTo ${stack.payTo}: ${to.error}`);
  const toBytes = Uint8Array.from(to.value.bytes);
  return {
    address: keys.address,
    pay(count, { confirmations = 1, ttlSeconds = 3_000 } = {}) {
      if (count > sources.length)
        throw new RangeError(`expected ${count} outputs that nobody has spent, found ${sources.length}`);
      const ttl = slotNow() + ttlSeconds;
      const terms = {
        network: stack.network,
        payTo: stack.payTo,
        amount: PRICE_LOVELACE,
        maxTimeoutSeconds: MAX_TIMEOUT_SECONDS,
        confirmations,
      };
      return sources.splice(0, count).map(({ ref, lovelace }) => {
        const spending = { source: ref, sourceLovelace: lovelace, payer: keys, to: toBytes };
        const signed = signTransaction({ ...spending, amount: PRICE_LOVELACE, ttl });
        return {
          transaction: signed.id,
          source: ref,
          sourceLovelace: lovelace,
          bytes: signed.bytes,
          ttl,
          body: requestBody(signed, ref, terms),
        };
      });
    },
  };
}

async function grant(stack: Chain, { address }: Keys, outputs: number): Promise<Source[]> {
  const sources: Source[] = [];
  while (sources.length < outputs) {
    const count = Math.min(OUTPUTS_PER_GRANT, outputs - sources.length);
    const lovelace = String(OUTPUT_LOVELACE * BigInt(count));
    const answer = await askDevnet(stack, '/faucet', { address, lovelace, outputs: count });
    for (const { txHash, index } of (answer as { outputs: { txHash: string; index: number }[] }).outputs) {
      const id = parseTxHash(txHash);
      if (id !== undefined) sources.push({ ref: { txHash: id, index }, lovelace: OUTPUT_LOVELACE });
    }
  }
  return sources;
}

/** Moves every output through a transaction of its own. */
async function giveEachAParent(stack: Chain, keys: Keys, sources: readonly Source[]): Promise<Source[]> {
  const moved: Source[] = [];
  const left = [...sources];
  const move = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const amount = next.lovelace - FEE_LOVELACE;
      const spending = {
        source: next.ref,
        sourceLovelace: next.lovelace,
        payer: keys,
        to: keys.addressBytes,
      };
      const signed = signTransaction({ ...spending, amount });
      await submit(stack, signed);
      moved.push({ ref: { txHash: signed.id, index: 0 }, lovelace: amount });
    }
  };
  await Promise.all(Array.from({ length: SUBMISSIONS_AT_A_TIME }, move));
  while (
    ((await askDevnet(stack, '/state')) as { mempool: { transactions: number } }).mempool.transactions > 0
  )
    await stack.control.forge();
  return moved;
}

async function submit({ devnet }: Chain, { id, bytes }: SignedTransaction): Promise<void> {
  const response = await fetch(`${devnet.url}/tx/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: Buffer.from(bytes),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the devnet refused ${id}: ${text}`);
}

/** The slot of now, on the devnet's clock. */
async function readClock(stack: Chain): Promise<() => number> {
  const { slot } = (await askDevnet(stack, '/state')) as { slot: number };
  const readAtMs = Date.now();
  return () => slot + Math.floor((Date.now() - readAtMs) / 1000);
}
