import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validatorOf } from '@x402-facilitator/cardano/channels';
import {
  encodeArray,
  encodeBytes,
  encodeHead,
  encodeMap,
  fromHex,
  parseAddress,
} from '@x402-facilitator/cardano/ledger';
import { ROOT } from '../stack/index.js';
import type { Seller } from './seller.js';

/** The repository's own validator (docs/channels.md): the flat program as hex. */
const COMPILED = 'packages/cardano/test/channel-validator/channel-validator.flat.hex';
const PLUTUS_V3 = 3n;
const EMBEDDED_CBOR = 24n;
const FEE = 1_000_000n;

/** The validator that guards the demo's channel. */
export async function readValidator() {
  const flat = fromHex((await readFile(join(ROOT, COMPILED), 'utf8')).trim());
  if (flat === undefined) throw new Error(`Expected ${COMPILED} to be hex`);
  return validatorOf(encodeBytes(flat));
}

export type Validator = Awaited<ReturnType<typeof readValidator>>;

/**
 * Puts the validator into an output, as its author would. Transactions refer to it there.
 *
 * @returns `txHash#index`
 */
export async function publishValidator(seller: Seller, { bytes }: Validator): Promise<string> {
  const address = parseAddress(seller.address);
  const [funds] = await seller.outputs();
  if (funds === undefined || !address.ok) throw new Error('The seller has no money');
  const uint = (value: bigint) => encodeHead(0, value);
  const script = encodeArray([uint(PLUTUS_V3), encodeBytes(fromHex(bytes) ?? new Uint8Array())]);
  const output = encodeMap([
    [uint(0n), encodeBytes(address.value.bytes)],
    [uint(1n), uint(funds.lovelace - FEE)],
    [uint(3n), Buffer.concat([encodeHead(6, EMBEDDED_CBOR), encodeBytes(script)])],
  ]);
  const { txHash, index } = funds.outRef;
  const input = encodeArray([encodeBytes(fromHex(txHash) ?? new Uint8Array()), uint(BigInt(index))]);
  const body = encodeMap([
    [uint(0n), encodeArray([input])],
    [uint(1n), encodeArray([output])],
    [uint(2n), uint(FEE)],
  ]);
  const [isValid, noMetadata] = [Uint8Array.of(0xf5), Uint8Array.of(0xf6)];
  const id = await seller.send(encodeArray([body, encodeMap([]), isValid, noMetadata]));
  return `${id}#0`;
}
