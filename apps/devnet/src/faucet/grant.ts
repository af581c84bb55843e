import { type Address, blake2b256, type OutRef, type ProtocolParameters } from '@x402-facilitator/cardano';
import { encode, Tag } from 'cbor2';
import { minLovelace } from '../network/index.js';
import {
  FAUCET_PUBLIC_KEY,
  faucetAddress,
  signWithFaucetKey,
  TEST_TOKEN_POLICY,
  TEST_TOKEN_SCRIPT,
} from './keys.js';

/** One output of a grant. Assets are test tokens, quantities by asset name in hex. */
export type GrantOutput = { readonly lovelace: bigint; readonly assets: ReadonlyMap<string, bigint> };

/** The parts of a faucet transaction. */
export type Grant = {
  readonly networkId: 0 | 1;
  readonly recipient: Address;
  readonly outputs: readonly GrantOutput[];
  readonly funding: { readonly outRef: OutRef; readonly lovelace: bigint };
  readonly parameters: ProtocolParameters;
};

/** Tag of a set (CIP-0021 and the Conway CDDL). */
const SET = 258;
/** Any fee above 65 535 takes five bytes, so this placeholder gives the transaction its final length. */
const FEE_PLACEHOLDER = 200_000n;

type Amount = bigint | [bigint, Map<Uint8Array, Map<Uint8Array, bigint>>];

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function multiAsset(assets: ReadonlyMap<string, bigint>): Map<Uint8Array, Map<Uint8Array, bigint>> {
  return new Map([
    [hex(TEST_TOKEN_POLICY), new Map([...assets].map(([name, quantity]) => [hex(name), quantity]))],
  ]);
}

function amountOf({ lovelace, assets }: GrantOutput): Amount {
  return assets.size === 0 ? lovelace : [lovelace, multiAsset(assets)];
}

function outputOf(address: Address, output: GrantOutput): Map<number, unknown> {
  return new Map<number, unknown>([
    [0, Uint8Array.from(address.bytes)],
    [1, amountOf(output)],
  ]);
}

/** Least lovelace that an output to this address with these assets must hold. */
export function leastLovelace(address: Address, output: GrantOutput, parameters: ProtocolParameters): bigint {
  const bytes = encode(outputOf(address, { ...output, lovelace: 0xffff_ffffn }));
  return minLovelace(parameters, bytes.length);
}

function minted(outputs: readonly GrantOutput[]): Map<string, bigint> {
  const total = new Map<string, bigint>();
  for (const { assets } of outputs) {
    for (const [name, quantity] of assets) total.set(name, (total.get(name) ?? 0n) + quantity);
  }
  return total;
}

function bodyOf(grant: Grant, fee: bigint): Map<number, unknown> {
  const { recipient, outputs, funding } = grant;
  const spent = outputs.reduce((sum, { lovelace }) => sum + lovelace, 0n) + fee;
  const change = { lovelace: funding.lovelace - spent, assets: new Map<string, bigint>() };
  const mint = minted(outputs);
  return new Map<number, unknown>([
    [0, new Tag(SET, [[hex(funding.outRef.txHash), funding.outRef.index]])],
    [
      1,
      [
        ...outputs.map((output) => outputOf(recipient, output)),
        outputOf(faucetAddress(grant.networkId), change),
      ],
    ],
    [2, fee],
    ...(mint.size === 0 ? [] : [[9, multiAsset(mint)] as const]),
    [15, grant.networkId],
  ]);
}

function signed(grant: Grant, fee: bigint): Uint8Array {
  const body = bodyOf(grant, fee);
  const id = blake2b256(encode(body));
  const witnesses = new Map<number, unknown>([
    [0, new Tag(SET, [[Uint8Array.from(FAUCET_PUBLIC_KEY), Uint8Array.from(signWithFaucetKey(id))]])],
    ...(body.has(9) ? [[1, new Tag(SET, [TEST_TOKEN_SCRIPT])] as const] : []),
  ]);
  return encode([body, witnesses, true, null]);
}

/**
 * Builds and signs the transaction that pays a grant out of the faucet's funds: the tokens are minted, the change
 * returns to the faucet, the fee is the least that the ledger accepts.
 */
export function buildGrant(grant: Grant): Uint8Array {
  const { minFeePerByte, minFeeConstant } = grant.parameters;
  const size = signed(grant, FEE_PLACEHOLDER).length;
  return signed(grant, minFeeConstant + minFeePerByte * BigInt(size));
}
