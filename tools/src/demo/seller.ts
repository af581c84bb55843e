import {
  assembleWitness,
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
} from '@x402-facilitator/cardano';
import { fromHex, parseAddress, parseOutRef, type TxHash } from '@x402-facilitator/cardano/ledger';
import { blockfrost, type ChainReader, keysOf, newSeedPhrase } from '@x402-facilitator/client';
import type { RefundKeys } from '@x402-facilitator/server/channels';
import { waitUntil } from '../processes/index.js';
import type { Stack } from '../stack/index.js';

/** The seller of the demo's channel: the key that claims, and money for fees. */
export type Seller = {
  readonly chain: ChainReader;
  readonly address: string;
  /** What channels know it by. */
  readonly keyHash: string;
  /** Its unspent outputs of ADA. */
  outputs(): Promise<readonly ChainOutput[]>;
  sign(unsigned: Uint8Array): Promise<Uint8Array>;
  /** What ends channels together with their buyers. */
  readonly keys: RefundKeys;
};

/** A seller with a fresh key and two outputs of 20 ADA. */
export async function openSeller({ network, devnet, control }: Stack): Promise<Seller> {
  const chain = blockfrost(network, { url: devnet.url });
  const keys = await keysOf({ seedPhrase: newSeedPhrase() }, network);
  const { address } = keys;
  await control.fund({ address, lovelace: 40_000_000n, outputs: 2 });
  const sign: Seller['sign'] = async (unsigned) => {
    const id = fromHex(readTransaction(unsigned).id) ?? new Uint8Array();
    const witnesses = await keys.sign(unsigned, id);
    return witnesses.reduce(
      (bytes, { publicKey, signature }) => assembleWitness(bytes, publicKey, signature),
      unsigned,
    );
  };
  return {
    chain,
    address,
    keyHash: keyHashOf(address),
    outputs: () => chain.unspentOutputs(address),
    sign,
    keys,
  };
}

/** Waits for the block that holds a transaction, and reads it. */
export async function onChain(chain: ChainReader, txHash: TxHash) {
  const { bytes } = await waitUntil(() => chain.transaction(txHash), { what: `a block with ${txHash}` });
  return readTransaction(bytes);
}

/** An output of a transaction in a block, spent or not. */
export async function outputAt(chain: ChainReader, position: string): Promise<ChainOutput> {
  const ref = parseOutRef(position);
  const output = ref && createdOutputs(await onChain(chain, ref.txHash))[ref.index];
  if (output === undefined) throw new Error(`Expected the output ${position}, found none`);
  return output;
}

function readTransaction(bytes: Uint8Array) {
  const read = decodeTransaction(bytes);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

function keyHashOf(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed.ok || parsed.value.kind !== 'shelley') throw new Error(`Expected an address, found ${address}`);
  return parsed.value.payment.hash;
}
