import { err, ok, type Result } from '../../../result.js';
import type { Address, ShelleyAddress } from '../../address/index.js';
import type { PlutusData } from '../../plutus/index.js';
import { type AssetId, LOVELACE } from '../../primitives/asset.js';
import type { OutRef } from '../../primitives/out-ref.js';
import type { PlutusVersion } from '../builtins/builtin.js';
import type { Purpose, ShownInput, ShownOutput, ShownRedeemer, TransactionFacts } from './facts.js';
import { boolean, bytesOfHex, construct, integer, list, map, maybe, pair } from './write-data.js';

/** Thrown while a context is written; `scriptArguments` turns it into a value. */
class NotTranslatable extends Error {}

const EMPTY = bytesOfHex('');

function credential({ kind, hash }: { readonly kind: 'key' | 'script'; readonly hash: string }): PlutusData {
  return construct(kind === 'key' ? 0 : 1, bytesOfHex(hash));
}

const PAYMENT_END = 29;

/** The three numbers of a pointer, each in groups of seven bits. */
function pointer({ bytes }: ShelleyAddress): readonly bigint[] {
  const numbers: bigint[] = [];
  let value = 0n;
  for (const byte of bytes.subarray(PAYMENT_END)) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0n;
  }
  return numbers;
}

function address(found: Address): PlutusData {
  if (found.kind === 'byron') {
    throw new NotTranslatable(
      `ByronTxOutInContext: expected no Byron address beside Plutus scripts, found ${found.text}`,
    );
  }
  const { payment, stake } = found;
  if (stake === undefined) return construct(0, credential(payment), maybe(undefined));
  const staking =
    stake.kind === 'pointer' ? construct(1, ...pointer(found).map(integer)) : construct(0, credential(stake));
  return construct(0, credential(payment), maybe(staking));
}

/** Native assets by policy and name, both in ascending order. */
function assetMap(assets: ReadonlyMap<AssetId, bigint>): (readonly [PlutusData, PlutusData])[] {
  const policies = new Map<string, [string, bigint][]>();
  for (const [asset, quantity] of assets) {
    if (asset === LOVELACE) continue;
    const [policyId = '', name = ''] = asset.split('.');
    policies.set(policyId, [...(policies.get(policyId) ?? []), [name, quantity]]);
  }
  return [...policies.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([policyId, tokens]) => {
      const names = tokens
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, quantity]) => [bytesOfHex(name), integer(quantity)] as const);
      return [bytesOfHex(policyId), map(names)] as const;
    });
}

/** ADA first, also when there is none. */
function value(lovelace: bigint, assets: ReadonlyMap<AssetId, bigint>): PlutusData {
  return map([[EMPTY, map([[EMPTY, integer(lovelace)]])], ...assetMap(assets)]);
}

const NO_ASSETS: ReadonlyMap<AssetId, bigint> = new Map();

function outputV1({ address: at, lovelace, assets, datum }: ShownOutput): PlutusData {
  if (datum?.kind === 'inline')
    throw new NotTranslatable(
      'InlineDatumsNotSupported: expected no inline datum beside a Plutus V1 script, found one',
    );
  const hash = datum === undefined ? undefined : bytesOfHex(datum.hash);
  return construct(0, address(at), value(lovelace, assets), maybe(hash));
}

function outputDatum(datum: ShownOutput['datum']): PlutusData {
  if (datum === undefined) return construct(0);
  return datum.kind === 'hash' ? construct(1, bytesOfHex(datum.hash)) : construct(2, datum.data);
}

function outputV2({ address: at, lovelace, assets, datum, referenceScript }: ShownOutput): PlutusData {
  const script = referenceScript === undefined ? undefined : bytesOfHex(referenceScript.hash);
  return construct(0, address(at), value(lovelace, assets), outputDatum(datum), maybe(script));
}

/** A transaction's id: wrapped once more until Plutus V3. */
function transactionId(hash: string, isV3: boolean): PlutusData {
  return isV3 ? bytesOfHex(hash) : construct(0, bytesOfHex(hash));
}

function outRef({ txHash, index }: OutRef, isV3: boolean): PlutusData {
  return construct(0, transactionId(txHash, isV3), integer(BigInt(index)));
}

function purpose(of: Purpose, isV3: boolean): PlutusData {
  return of.kind === 'mint' ? construct(0, bytesOfHex(of.policyId)) : construct(1, outRef(of.outRef, isV3));
}

function bound(ms: number | undefined, infinity: 0 | 2, isClosed: boolean): PlutusData {
  const at = ms === undefined ? construct(infinity) : construct(1, integer(BigInt(ms)));
  return construct(0, at, boolean(isClosed));
}

/** From the first moment, which is in it, to the last, which is not; without a bound it is open to all sides. */
function validRange({ validFromMs, validUntilMs }: TransactionFacts): PlutusData {
  return construct(0, bound(validFromMs, 0, true), bound(validUntilMs, 2, validUntilMs === undefined));
}

function inputs(shown: readonly ShownInput[], version: PlutusVersion): PlutusData {
  const isV3 = version.language === 'plutusV3';
  const write = version.language === 'plutusV1' ? outputV1 : outputV2;
  return list(shown.map(({ outRef: ref, output }) => pair(outRef(ref, isV3), write(output))));
}

function redeemers(shown: readonly ShownRedeemer[], isV3: boolean): PlutusData {
  return map(shown.map(({ purpose: of, data }) => [purpose(of, isV3), data] as const));
}

function requiredSigners(facts: TransactionFacts): PlutusData {
  return list(facts.requiredSigners.map(bytesOfHex));
}

function datums(facts: TransactionFacts): (readonly [PlutusData, PlutusData])[] {
  return facts.datums.map(({ hash, data }) => [bytesOfHex(hash), data] as const);
}

const NOTHING = list([]);
const NO_ENTRIES = map([]);

function infoV1(facts: TransactionFacts, version: PlutusVersion): PlutusData {
  // It is not shown reference inputs, and they must be such as could be shown.
  inputs(facts.referenceInputs, version);
  return construct(
    0,
    inputs(facts.inputs, version),
    list(facts.outputs.map(outputV1)),
    value(facts.fee, NO_ASSETS),
    value(0n, facts.mint),
    NOTHING,
    NOTHING,
    validRange(facts),
    requiredSigners(facts),
    list(datums(facts).map(([hash, data]) => pair(hash, data))),
    transactionId(facts.txHash, false),
  );
}

function infoV2(facts: TransactionFacts, version: PlutusVersion): PlutusData {
  return construct(
    0,
    inputs(facts.inputs, version),
    inputs(facts.referenceInputs, version),
    list(facts.outputs.map(outputV2)),
    value(facts.fee, NO_ASSETS),
    value(0n, facts.mint),
    NOTHING,
    NO_ENTRIES,
    validRange(facts),
    requiredSigners(facts),
    redeemers(facts.redeemers, false),
    map(datums(facts)),
    transactionId(facts.txHash, false),
  );
}

/** The protocol version from which on Plutus V3 is shown no output both spent and referenced. */
const DISJOINT_FROM = 11;

function checkDisjoint({ inputs: spent, referenceInputs }: TransactionFacts): void {
  const keys = new Set(spent.map(({ outRef: { txHash, index } }) => `${txHash}#${index}`));
  for (const {
    outRef: { txHash, index },
  } of referenceInputs) {
    if (!keys.has(`${txHash}#${index}`)) continue;
    throw new NotTranslatable(
      `ReferenceInputsNotDisjointFromInputs: expected ${txHash}#${index} not to be spent and referenced beside a Plutus V3 script`,
    );
  }
}

function infoV3(facts: TransactionFacts, version: PlutusVersion): PlutusData {
  if (version.protocolVersion >= DISJOINT_FROM) checkDisjoint(facts);
  return construct(
    0,
    inputs(facts.inputs, version),
    inputs(facts.referenceInputs, version),
    list(facts.outputs.map(outputV2)),
    integer(facts.fee),
    map(assetMap(facts.mint)),
    NOTHING,
    NO_ENTRIES,
    validRange(facts),
    requiredSigners(facts),
    redeemers(facts.redeemers, true),
    map(datums(facts)),
    transactionId(facts.txHash, true),
    NO_ENTRIES,
    NOTHING,
    maybe(undefined),
    maybe(undefined),
  );
}

/** What is common to all scripts of one version, written once for a transaction. */
export type TransactionInfo = { readonly version: PlutusVersion; readonly data: PlutusData };

const INFO = { plutusV1: infoV1, plutusV2: infoV2, plutusV3: infoV3 } as const;

/**
 * Writes the `TxInfo` that scripts of this version are shown.
 *
 * @returns what of the transaction this version cannot be shown, with the ledger's own name for it in front.
 */
export function transactionInfo(
  facts: TransactionFacts,
  version: PlutusVersion,
): Result<TransactionInfo, string> {
  try {
    return ok({ version, data: INFO[version.language](facts, version) });
  } catch (error) {
    if (!(error instanceof NotTranslatable)) throw error;
    return err(error.message);
  }
}

/** What a script is applied to: datum, redeemer and context, or since Plutus V3 the context alone. */
export function scriptArguments(
  { version, data }: TransactionInfo,
  { purpose: of, data: redeemer }: ShownRedeemer,
  datum: PlutusData | undefined,
): readonly PlutusData[] {
  if (version.language !== 'plutusV3') {
    const context = construct(0, data, purpose(of, false));
    return datum === undefined ? [redeemer, context] : [datum, redeemer, context];
  }
  const scriptInfo =
    of.kind === 'mint'
      ? construct(0, bytesOfHex(of.policyId))
      : construct(1, outRef(of.outRef, true), maybe(datum));
  return [construct(0, data, redeemer, scriptInfo)];
}
