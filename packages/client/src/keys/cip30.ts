import {
  addressOf,
  bytesOf,
  type ChainOutput,
  encodeArray,
  encodeHead,
  encodeMap,
  fromHex,
  type Network,
  networkIdOf,
  readCbor,
  readCreatedOutputs,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import type { Keys, Witness } from './keys.js';

/** What is used of a wallet in the browser (CIP-30), after `enable()`. Everything is hex. */
export type Cip30Wallet = {
  /** 1 on mainnet, 0 on every testnet. */
  getNetworkId(): Promise<number>;
  /** Hex of an address of the wallet. */
  getChangeAddress(): Promise<string>;
  /** Hex of each address that has been used. */
  getUsedAddresses(): Promise<readonly string[]>;
  /** Hex of addresses that have not been used yet. */
  getUnusedAddresses(): Promise<readonly string[]>;
  /** Hex of each stake address. */
  getRewardAddresses(): Promise<readonly string[]>;
  /** CBOR of each unspent output, in hex. */
  getUtxos(): Promise<readonly string[] | null | undefined>;
  /** CBOR of a witness set with the wallet's signatures, in hex. It asks its owner. */
  signTx(transaction: string, partialSign: boolean): Promise<string>;
  /** A COSE_Sign1 of data by the key of an address, and its key. It asks its owner. Channels need it. */
  signData?(address: string, payload: string): Promise<{ readonly signature: string; readonly key: string }>;
};

const LIMITS = { maxBytes: 1_048_576, maxDepth: 96 };
const REWARD_HEADER = 0xe;
const SIGNATURE_BYTES = 64;

/**
 * The keys of a wallet in the browser. It signs by itself and never shows a key. What it says of its outputs is taken as
 * a provider's word is.
 *
 * @throws Error when the wallet is on another network, or answers in another form.
 * @example
 * const keys = await cip30Keys(await window.cardano.eternl.enable(), 'cardano:mainnet');
 */
export async function cip30Keys(wallet: Cip30Wallet, network: Network): Promise<Keys> {
  const networkId = await wallet.getNetworkId();
  if (networkId !== networkIdOf(network))
    throw new Error(`expected a wallet on ${network}, found one on the network with the id ${networkId}`);
  const change = bytesOfHex(await wallet.getChangeAddress());
  const address = addressOf(change);
  if (!address.ok) throw new Error(`the wallet gave a change address that is none: ${address.error}`);
  const [used, unused, reward] = await Promise.all([
    wallet.getUsedAddresses(),
    wallet.getUnusedAddresses(),
    wallet.getRewardAddresses(),
  ]);
  return {
    address: address.value.text,
    keyHashes: new Set([change, ...[...used, ...unused, ...reward].map(bytesOfHex)].flatMap(keyHashesOf)),
    unspentOutputs: async () =>
      ((await wallet.getUtxos()) ?? [])
        .map(unspentOutput)
        .filter(({ referenceScript }) => referenceScript === undefined),
    // The sponsor's signature may be missing, so the wallet must be content with a part.
    sign: async (transaction) => witnessesIn(bytesOfHex(await wallet.signTx(toHex(transaction), true))),
    ...(wallet.signData === undefined
      ? {}
      : {
          signData: async (payload) => {
            const signed = await wallet.signData?.(toHex(change), toHex(payload));
            return signatureIn(bytesOfHex(signed?.signature ?? ''));
          },
        }),
  };
}

function bytesOfHex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error('expected hex from the wallet, found other text');
  return bytes;
}

function keyHashesOf(bytes: Uint8Array): readonly string[] {
  if ((bytes[0] ?? 0) >> 4 === REWARD_HEADER) return [toHex(bytes.slice(1))];
  const address = addressOf(bytes);
  if (!address.ok || address.value.kind !== 'shelley') return [];
  const { payment, stake } = address.value;
  return [payment, stake].flatMap((part) => (part?.kind === 'key' ? [part.hash] : []));
}

/** `[[id, index], output]`. The output is read as that of a transaction which has no other. */
function unspentOutput(text: string): ChainOutput {
  const bytes = bytesOfHex(text);
  const [input, output] = itemsOf(bytes);
  const [id, index] = input?.kind === 'array' ? input.items : [];
  if (output === undefined || id?.kind !== 'bytes' || index?.kind !== 'int')
    throw new Error('expected an unspent output from the wallet, found something else');
  const body = encodeMap([[encodeHead(0, 1n), encodeArray([bytesOf(bytes, output)])]]);
  const created = readCreatedOutputs(encodeArray([body, encodeMap([])]), true);
  const [found] = created.ok ? created.value.outputs : [];
  if (found === undefined) throw new Error('expected an output from the wallet, found something else');
  return { ...found, outRef: { txHash: toHex(id.value) as TxHash, index: Number(index.value) } };
}

/** The signatures in a witness set. */
function witnessesIn(bytes: Uint8Array): readonly Witness[] {
  const read = readCbor(bytes, LIMITS);
  if (!read.ok || read.value.kind !== 'map')
    throw new Error('expected signatures from the wallet, found none');
  const listed = read.value.entries.find(([key]) => key.kind === 'int' && key.value === 0n)?.[1];
  const list = listed?.kind === 'tag' ? listed.content : listed;
  if (list?.kind !== 'array') return [];
  return list.items.flatMap((item) => {
    const [publicKey, signature] = item.kind === 'array' ? item.items : [];
    if (publicKey?.kind !== 'bytes' || signature?.kind !== 'bytes') return [];
    return [{ publicKey: publicKey.value, signature: signature.value }];
  });
}

/** The Ed25519 signature in a COSE_Sign1. */
function signatureIn(bytes: Uint8Array): Uint8Array {
  const [, , , signature] = itemsOf(bytes);
  if (signature?.kind !== 'bytes' || signature.value.length !== SIGNATURE_BYTES)
    throw new Error('expected signed data (COSE_Sign1) from the wallet, found something else');
  return signature.value;
}

function itemsOf(bytes: Uint8Array) {
  const read = readCbor(bytes, LIMITS);
  return read.ok && read.value.kind === 'array' ? read.value.items : [];
}
