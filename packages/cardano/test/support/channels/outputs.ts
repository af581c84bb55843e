import {
  type AssetId,
  blake2b256,
  type ChainOutput,
  LOVELACE,
  lovelace,
  parseAddress,
  toHex,
} from '@x402-facilitator/cardano';
import { CHANNEL_VALIDATOR } from '../../channel-validator/validator.js';
import * as cbor from '../cbor-writer.js';
import {
  type ChannelConstants,
  type ChannelDatum,
  datumData,
  encodePlutusData,
  iouMessage,
  type Stage,
} from '../internals.js';
import type { OutputSpec } from '../transaction-builder.js';
import { txHash } from '../world.js';
import { CONSUMER, IOU_KEY, PROVIDER, WITHDRAW_DELAY } from './parties.js';

export const SCRIPT_HASH = CHANNEL_VALIDATOR.reference.hash;

/** A value as a channel of a currency holds it: so much of it, and for a token this ADA beside it. */
export function channelValue(currency: AssetId, held: bigint, beside: bigint) {
  const assets = currency === LOVELACE || held === 0n ? [] : [[currency, held] as const];
  return { lovelace: lovelace(currency === LOVELACE ? held : beside), assets: new Map(assets) };
}

export function constantsOf(changes: Partial<ChannelConstants> = {}): ChannelConstants {
  return {
    tag: toHex(blake2b256(Buffer.from('channel'))),
    currency: LOVELACE,
    iouKey: toHex(IOU_KEY.publicKey),
    consumer: CONSUMER.keyHash,
    provider: PROVIDER.keyHash,
    closePeriodMs: BigInt(WITHDRAW_DELAY) * 1000n,
    ...changes,
  };
}

export function datumOf(constants: ChannelConstants, stage: Stage, ownHash = SCRIPT_HASH): ChannelDatum {
  return { ownHash, constants, stage };
}

export function datumCbor(datum: ChannelDatum): Uint8Array {
  return encodePlutusData(datumData(datum));
}

/** A channel's output as the chain holds it. */
export function channelOutput(
  name: string,
  datum: ChannelDatum,
  held: bigint,
  { beside = 3_000_000n, address = CHANNEL_VALIDATOR.address } = {},
): ChainOutput {
  return {
    outRef: { txHash: txHash(name), index: 0 },
    address,
    ...channelValue(datum.constants.currency, held, beside),
    inlineDatum: toHex(datumCbor(datum)),
  };
}

/** The inline datum of an output to write, from its bytes. */
export function inlineDatum(bytes: Uint8Array): readonly [number, cbor.Cbor] {
  return [2, cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(bytes))])];
}

/** An output to write, from one that the chain would hold. */
export function outputSpec(output: ChainOutput): OutputSpec {
  const { address, lovelace: coin, assets, inlineDatum: datum, referenceScript: script } = output;
  return {
    address: addressBytesOf(address),
    lovelace: coin,
    assets: [...assets].map(([asset, quantity]) => {
      const [policyId = '', name = ''] = asset.split('.');
      return [policyId, name, quantity] as const;
    }),
    extra: [
      ...(datum === undefined ? [] : [inlineDatum(cbor.hex(datum))]),
      ...(script === undefined ? [] : [scriptRef(cbor.hex(script.bytes))]),
    ],
  };
}

/** The Plutus V3 script that rides on an output to write. */
export function scriptRef(script: Uint8Array): readonly [number, cbor.Cbor] {
  return [3, cbor.tag(24, cbor.bytes(cbor.array([cbor.int(3), cbor.bytes(script)])))];
}

function addressBytesOf(address: string): Uint8Array {
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.bytes;
}

/** The signature of an IOU. */
export function signIou(tag: string, amount: bigint, key = IOU_KEY): string {
  return toHex(key.sign(iouMessage({ tag, amount })));
}
