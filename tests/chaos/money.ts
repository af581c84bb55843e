import {
  blake2b256,
  type Network,
  networkIdOf,
  type OutRef,
  outRefKey,
  parseTxHash,
  type TxHash,
} from '@x402-facilitator/cardano';
import { buildTransaction, cbor, walletOf } from '@x402-facilitator/cardano/testing';

const PAYER = walletOf('chaos payer');
const ELSEWHERE = walletOf('chaos rival');
export const MERCHANT = walletOf('chaos merchant');
export const PRICE = 2_000_000n;
const FEE = 200_000n;
const OUTPUT_LOVELACE = 10_000_000n;
/** Outputs that the faucet makes per call. */
const OUTPUTS_PER_GRANT = 2_000;
/** A block deeper than any rollback of a run. */
const BURIED_BLOCKS = 8;

/** A signed payment of `PRICE` to `MERCHANT`. */
export type SignedPayment = {
  readonly txHash: TxHash;
  readonly input: string;
  readonly ttl: number;
  readonly base64: string;
  readonly bytes: Uint8Array;
  /** The same body with a witness set that is encoded differently: other bytes of the same transaction. */
  readonly reencoded: string;
};

/** The payer's money on the devnet. Every output is spent by one payment only, unless a caller asks otherwise. */
export type PayerFunds = {
  /** An unspent output. */
  take(): OutRef;
  /** @param memo makes payments from one output differ. */
  pay(source: OutRef, ttl: number, memo?: number): SignedPayment;
  /** Spends an output to somewhere else. */
  divert(source: OutRef): { readonly txHash: TxHash; readonly bytes: Uint8Array };
  /** The current slot. */
  slot(): number;
};

/** Gives the payer `outputs` outputs and puts blocks on top, so that no rollback removes them. */
export async function openFunds(controlUrl: string, network: Network, outputs: number): Promise<PayerFunds> {
  const networkId = networkIdOf(network);
  const refs: OutRef[] = [];
  while (refs.length < outputs) {
    const count = Math.min(OUTPUTS_PER_GRANT, outputs - refs.length);
    const answer = (await control(controlUrl, '/faucet', {
      address: PAYER.address(networkId),
      lovelace: String(OUTPUT_LOVELACE * BigInt(count)),
      outputs: count,
    })) as { outputs: { txHash: string; index: number }[] };
    for (const { txHash, index } of answer.outputs) {
      const id = parseTxHash(txHash);
      if (id !== undefined) refs.push({ txHash: id, index });
    }
  }
  await control(controlUrl, '/blocks', { count: BURIED_BLOCKS });
  const state = (await control(controlUrl, '/state')) as { slot: number };
  const readAtMs = Date.now();
  const sign = (source: OutRef, ttl: number | undefined, to: typeof MERCHANT, amount: bigint) =>
    buildTransaction({
      inputs: [source],
      outputs: [
        { address: to.addressBytes(networkId), lovelace: amount },
        { address: PAYER.addressBytes(networkId), lovelace: OUTPUT_LOVELACE - amount - FEE },
      ],
      fee: FEE,
      ...(ttl === undefined ? {} : { ttl }),
      signers: [PAYER],
    });
  return {
    take() {
      const ref = refs.pop();
      if (ref === undefined) throw new RangeError(`expected more than ${outputs} outputs`);
      return ref;
    },
    pay(source, ttl, memo = 0) {
      const { id, base64, bytes, body } = sign(source, ttl, MERCHANT, PRICE + BigInt(memo));
      const witness = cbor.array([cbor.bytes(PAYER.publicKey), cbor.bytes(PAYER.sign(blake2b256(body)))]);
      const witnesses = cbor.map([[cbor.int(0, 2), cbor.array([witness], 'indefinite')]], 'indefinite');
      const reencoded = cbor.array([body, witnesses, cbor.TRUE, cbor.NULL]);
      return {
        txHash: id,
        input: outRefKey(source),
        ttl,
        base64,
        bytes,
        reencoded: Buffer.from(reencoded).toString('base64'),
      };
    },
    divert(source) {
      const { id, bytes } = sign(source, undefined, ELSEWHERE, PRICE);
      return { txHash: id, bytes };
    },
    slot: () => state.slot + Math.floor((Date.now() - readAtMs) / 1000),
  };
}

/** Asks the devnet's control API. */
export async function control(controlUrl: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${controlUrl}${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`devnet: ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
