import {
  type PlutusData,
  plutusBytes,
  plutusConstructor,
  plutusInteger,
} from '../../../ledger/plutus/index.js';
import { type AssetId, LOVELACE, nativeAssetId } from '../../../ledger/primitives/asset.js';
import { fromHex } from '../../../ledger/primitives/hex.js';
import type { Result } from '../../../result.js';
import { fieldsOf, hexOf, itemAt, listOf, naturalOf, noForm, readForm } from './fields.js';

const HASH = 28;
const KEY = 32;
const MAX_NAME = 32;

/** What a channel is, from its opening to its end. Hashes and keys are lowercase hex. */
export type ChannelConstants = {
  /** The channel's id, 32 bytes: the one field that no other channel has. */
  readonly tag: string;
  readonly currency: AssetId;
  /** The Ed25519 key that signs IOUs. */
  readonly iouKey: string;
  /** The hash of the buyer's key. */
  readonly consumer: string;
  /** The hash of the seller's key. */
  readonly provider: string;
  /** Milliseconds from a close to when the consumer may leave alone. */
  readonly closePeriodMs: bigint;
};

/** How far a channel has come. `subbed` is what was redeemed in all, in units of its currency. */
export type Stage =
  | { readonly kind: 'opened'; readonly subbed: bigint }
  | {
      readonly kind: 'closed';
      readonly subbed: bigint;
      /** POSIX milliseconds from which the consumer may leave alone. */
      readonly elapseAtMs: bigint;
    }
  | { readonly kind: 'settled' };

/** The inline datum of a channel's output. */
export type ChannelDatum = {
  /** The validator's own hash. */
  readonly ownHash: string;
  readonly constants: ChannelConstants;
  readonly stage: Stage;
};

function bytesOfHex(hex: string): PlutusData {
  return plutusBytes(fromHex(hex) ?? new Uint8Array());
}

function listData(...items: readonly PlutusData[]): PlutusData {
  return { kind: 'list', items };
}

function currencyData(currency: AssetId): PlutusData {
  if (currency === LOVELACE) return plutusConstructor(0);
  const [policyId = '', name = ''] = currency.split('.');
  return plutusConstructor(1, bytesOfHex(policyId), bytesOfHex(name));
}

function stageData(stage: Stage): PlutusData {
  switch (stage.kind) {
    case 'opened':
      return plutusConstructor(0, plutusInteger(stage.subbed));
    case 'closed':
      return plutusConstructor(1, plutusInteger(stage.subbed), plutusInteger(stage.elapseAtMs));
    case 'settled':
      return plutusConstructor(2);
  }
}

/** A datum as the validator reads it: lists for the tuples, constructors for currency and stage. */
export function datumData({ ownHash, constants, stage }: ChannelDatum): PlutusData {
  const { tag, currency, iouKey, consumer, provider, closePeriodMs } = constants;
  return listData(
    bytesOfHex(ownHash),
    listData(
      bytesOfHex(tag),
      currencyData(currency),
      bytesOfHex(iouKey),
      bytesOfHex(consumer),
      bytesOfHex(provider),
      plutusInteger(closePeriodMs),
    ),
    stageData(stage),
  );
}

function currencyOf(data: PlutusData): AssetId {
  if (fieldsOf(data, 0, 0) !== undefined) return LOVELACE;
  const asset = fieldsOf(data, 1, 2);
  if (asset === undefined) return noForm('currency', 'constructor 0 or 1', data);
  const policyId = hexOf(itemAt(asset, 0, 'policy'), HASH, HASH, 'policy');
  return nativeAssetId(policyId, hexOf(itemAt(asset, 1, 'name'), 0, MAX_NAME, 'name'));
}

function stageOf(data: PlutusData): Stage {
  const opened = fieldsOf(data, 0, 1);
  if (opened !== undefined)
    return { kind: 'opened', subbed: naturalOf(itemAt(opened, 0, 'subbed'), 'subbed') };
  const closed = fieldsOf(data, 1, 2);
  if (closed !== undefined) {
    const subbed = naturalOf(itemAt(closed, 0, 'subbed'), 'subbed');
    return { kind: 'closed', subbed, elapseAtMs: naturalOf(itemAt(closed, 1, 'elapseAt'), 'elapseAt') };
  }
  if (fieldsOf(data, 2, 0) !== undefined) return { kind: 'settled' };
  return noForm('stage', 'constructor 0, 1 or 2 with its fields', data);
}

function datumOf(data: PlutusData): ChannelDatum {
  const outer = listOf(data, 3, 'datum');
  const inner = listOf(itemAt(outer, 1, 'constants'), 6, 'constants');
  const at = (index: number, name: string) => itemAt(inner, index, name);
  return {
    ownHash: hexOf(itemAt(outer, 0, 'ownHash'), HASH, HASH, 'ownHash'),
    constants: {
      tag: hexOf(at(0, 'tag'), KEY, KEY, 'tag'),
      currency: currencyOf(at(1, 'currency')),
      iouKey: hexOf(at(2, 'iouKey'), KEY, KEY, 'iouKey'),
      consumer: hexOf(at(3, 'consumer'), HASH, HASH, 'consumer'),
      provider: hexOf(at(4, 'provider'), HASH, HASH, 'provider'),
      closePeriodMs: naturalOf(at(5, 'closePeriod'), 'closePeriod'),
    },
    stage: stageOf(itemAt(outer, 2, 'stage')),
  };
}

/**
 * Reads a channel's datum: exactly the form that the binding gives, in any encoding of it.
 *
 * @param bytes CBOR of the inline datum.
 * @returns the datum, or the field that is not of the form.
 */
export function readDatum(bytes: Uint8Array): Result<ChannelDatum, string> {
  return readForm(bytes, datumOf);
}

/** Whether two channels are one: everything that never changes is equal. */
export function isSameChannel(one: ChannelDatum, other: ChannelDatum): boolean {
  const fields = ['tag', 'currency', 'iouKey', 'consumer', 'provider', 'closePeriodMs'] as const;
  return (
    one.ownHash === other.ownHash && fields.every((field) => one.constants[field] === other.constants[field])
  );
}

/** Whether two datums mean the same, however they were encoded. */
export function isSameDatum(one: ChannelDatum, other: ChannelDatum): boolean {
  return isSameChannel(one, other) && isSameStage(one.stage, other.stage);
}

function isSameStage(one: Stage, other: Stage): boolean {
  if (one.kind === 'opened') return other.kind === 'opened' && one.subbed === other.subbed;
  if (one.kind === 'settled') return other.kind === 'settled';
  return other.kind === 'closed' && one.subbed === other.subbed && one.elapseAtMs === other.elapseAtMs;
}
