import { isTxHash, type OutRef, outRefKey, parseAddress, type TxHash } from '@x402-facilitator/cardano';
import type { Stack } from '@x402-facilitator/tools/stack';
import pMap from 'p-map';
import { askDevnet, type DevnetAddress } from '../support/index.js';
import { FEE_LOVELACE, generateKeys, type Keys, signTransaction } from './sign.js';

export { generateKeys } from './sign.js';

/** One payment, ready to send. */
export type PreparedPayment = {
  readonly txHash: TxHash;
  readonly source: OutRef;
  readonly sourceLovelace: bigint;
  readonly bytes: Uint8Array;
  /** First slot at which it is no longer valid. */
  readonly ttl: number;
  /** The JSON body of `/verify` and `/settle`. */
  readonly body: string;
};

/** Signs payments of one payer, who has as many outputs on the devnet as there will be payments. */
export type PaymentSigner = {
  /** bech32. */
  readonly address: string;
  /**
   * Signs payments, each of which spends an output of its own.
   *
   * @throws RangeError when fewer outputs are left
   */
  sign(
    count: number,
    options?: {
      /** `l1Confirmations`; 1 by default. */
      readonly confirmations?: number;
      /** How long they stay valid; 3 000 s by default, so that thousands can be signed ahead. */
      readonly ttlSeconds?: number;
    },
  ): PreparedPayment[];
};

/** What a signer needs of a stack. */
type Chain = Pick<Stack, 'network' | 'payTo'> & { readonly devnet: DevnetAddress };

/** What the seller asks for. */
export const PRICE_LOVELACE = 2_000_000n;
const OUTPUT_LOVELACE = 6_000_000n;
/** How many outputs the faucet makes in one go. */
const OUTPUTS_PER_GRANT = 2_000;
const SUBMISSIONS_AT_A_TIME = 8;
/** The longest that a facilitator lets a payment take, by default (`chain.verification.maxTimeoutSeconds`). */
const MAX_TIMEOUT_SECONDS = 3_600;

type Source = { readonly ref: OutRef; readonly lovelace: bigint };

/**
 * Gives a fresh payer outputs on the devnet.
 *
 * @param options.ownParents whether each output is the only one of its transaction: then each payment needs a chain lookup
 *   of its own
 */
export async function openPaymentSigner(
  chain: Chain,
  options: { readonly outputs: number; readonly ownParents?: boolean },
): Promise<PaymentSigner> {
  const keys = generateKeys();
  const granted = await grant(chain, keys, options.outputs);
  const sources = options.ownParents ? await giveEachAParent(chain, keys, granted) : granted;
  const slotNow = await readClock(chain);
  const payTo = parseAddress(chain.payTo);
  if (!payTo.ok) throw new Error(`payTo ${chain.payTo}: ${payTo.error}`);
  const to = Uint8Array.from(payTo.value.bytes);
  return {
    address: keys.address,
    sign(count, { confirmations = 1, ttlSeconds = 3_000 } = {}) {
      if (count > sources.length)
        throw new RangeError(`expected ${count} unspent outputs, found ${sources.length}`);
      const ttl = slotNow() + ttlSeconds;
      return sources.splice(0, count).map(({ ref, lovelace }) => {
        const payment = { source: ref, sourceLovelace: lovelace, ttl };
        const signed = signTransaction({ ...payment, payer: keys, to, amount: PRICE_LOVELACE });
        return { ...payment, ...signed, body: requestBody(chain, signed.bytes, ref, confirmations) };
      });
    },
  };
}

/** The body of `/verify` and `/settle`, as `@x402/core` sends it. */
function requestBody(
  { network, payTo }: Chain,
  bytes: Uint8Array,
  source: OutRef,
  l1Confirmations: number,
): string {
  const paymentRequirements = {
    ...{ scheme: 'exact', network, asset: 'lovelace', amount: String(PRICE_LOVELACE), payTo },
    maxTimeoutSeconds: MAX_TIMEOUT_SECONDS,
    extra: { confirmationPolicy: { l1Confirmations } },
  };
  return JSON.stringify({
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      resource: { url: 'https://seller.example/thing' },
      accepted: paymentRequirements,
      payload: { transaction: Buffer.from(bytes).toString('base64'), nonce: outRefKey(source) },
    },
    paymentRequirements,
  });
}

async function grant({ devnet }: Chain, { address }: Keys, outputs: number): Promise<Source[]> {
  const sources: Source[] = [];
  while (sources.length < outputs) {
    const count = Math.min(OUTPUTS_PER_GRANT, outputs - sources.length);
    const lovelace = String(OUTPUT_LOVELACE * BigInt(count));
    const answer = await askDevnet(devnet, '/faucet', { address, lovelace, outputs: count });
    for (const { txHash, index } of (answer as { outputs: { txHash: string; index: number }[] }).outputs)
      if (isTxHash(txHash)) sources.push({ ref: { txHash, index }, lovelace: OUTPUT_LOVELACE });
  }
  return sources;
}

/** Moves each output through a transaction of its own. */
async function giveEachAParent({ devnet }: Chain, keys: Keys, sources: readonly Source[]): Promise<Source[]> {
  const moved = await pMap(
    sources,
    async ({ ref, lovelace }) => {
      const amount = lovelace - FEE_LOVELACE;
      const spending = { source: ref, sourceLovelace: lovelace, amount };
      const { txHash, bytes } = signTransaction({ ...spending, payer: keys, to: keys.addressBytes });
      const response = await fetch(`${devnet.url}/tx/submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/cbor' },
        body: Buffer.from(bytes),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`the devnet refused ${txHash}: ${text}`);
      return { ref: { txHash, index: 0 }, lovelace: amount };
    },
    { concurrency: SUBMISSIONS_AT_A_TIME },
  );
  while ((await readState(devnet)).mempool.transactions > 0) await askDevnet(devnet, '/blocks', { count: 1 });
  return moved;
}

async function readState(devnet: DevnetAddress) {
  return (await askDevnet(devnet, '/state')) as { slot: number; mempool: { transactions: number } };
}

/** The current slot, by the devnet's clock. */
async function readClock({ devnet }: Chain): Promise<() => number> {
  const { slot } = await readState(devnet);
  const readAtMs = Date.now();
  return () => slot + Math.floor((Date.now() - readAtMs) / 1000);
}
