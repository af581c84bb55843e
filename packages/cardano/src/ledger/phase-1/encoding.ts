import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { type CborNode, readCbor } from '../cbor/index.js';
import { toHex } from '../primitives/hex.js';
import type { Transaction, TransactionOutput } from '../transaction/transaction.js';
import { duplicates } from './duplicates.js';
import { type LedgerFailure, type LedgerInput, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The protocol version whose nodes read other encodings than those before. */
const NEXT_ENCODING = 12;
const ARRAY = 4;

/** Scripts of a language are a set without duplicates from protocol version 9 on, the other witnesses from 12 on. */
function witnessesTwice(
  { vkeyWitnesses, bootstrapWitnesses, scriptWitnesses, datumWitnesses }: Transaction,
  isNext: boolean,
): LedgerFailure[] {
  const scripts = (isNative: boolean) =>
    scriptWitnesses.filter(({ language }) => (language === 'native') === isNative).map(({ hash }) => hash);
  const sets = {
    'Plutus scripts': scripts(false),
    ...(isNext && {
      signatures: vkeyWitnesses.map(({ publicKey, signature }) => toHex(publicKey) + toHex(signature)),
      'bootstrap witnesses': bootstrapWitnesses.map(({ publicKey, chainCode, attributes }) =>
        [publicKey, chainCode, attributes].map(toHex).join(),
      ),
      'native scripts': scripts(true),
      datums: datumWitnesses.map(({ hash }) => hash),
    }),
  };
  return Object.entries(sets).flatMap(([name, keys]) =>
    duplicates(keys).map(() =>
      phase1('DecoderFailure', `expected ${name} without duplicates, found one twice`),
    ),
  );
}

/** The amount in an output of either form. */
function amountOf(output: CborNode): CborNode | undefined {
  if (output.kind === 'array') return output.items[1];
  if (output.kind !== 'map') return undefined;
  return output.entries.find(([key]) => key.kind === 'int' && key.value === 1n)?.[1];
}

/** Whether an output's amount is `[coin, {}]`. */
function hasEmptyAssets({ bytes }: TransactionOutput): boolean {
  const output = readCbor(bytes, DECODE_LIMITS);
  const amount = output.ok ? amountOf(output.value) : undefined;
  const assets = amount?.kind === 'array' ? amount.items[1] : undefined;
  return assets?.kind === 'map' && assets.entries.length === 0;
}

/** What nodes read until protocol version 12, and not from then on. */
function readNoMore({
  hasDuplicateRedeemers,
  redeemersBytes,
  outputs,
  collateralReturn,
}: Transaction): LedgerFailure[] {
  const failures: LedgerFailure[] = [];
  if (hasDuplicateRedeemers)
    failures.push(
      phase1('DecoderFailure', 'expected one redeemer for each purpose and index, found two for the same'),
    );
  if (redeemersBytes !== undefined && (redeemersBytes[0] ?? 0) >> 5 === ARRAY)
    failures.push(phase1('DecoderFailure', 'expected redeemers in a map, found them in a list'));
  if ([...outputs, ...(collateralReturn === undefined ? [] : [collateralReturn])].some(hasEmptyAssets))
    failures.push(
      phase1('DecoderFailure', 'expected an amount with assets or lovelace alone, found no assets'),
    );
  return failures;
}

/** What the decoder lets through that a node of this protocol version cannot read. */
export function encodingFailures({
  transaction,
  parameters: {
    protocolVersion: { major },
  },
}: Pick<LedgerInput, 'transaction' | 'parameters'>): LedgerFailure[] {
  const isNext = major >= NEXT_ENCODING;
  const failures = witnessesTwice(transaction, isNext);
  if (isNext) return [...failures, ...readNoMore(transaction)];
  if (transaction.statesPhase2Flag) return failures;
  const found = `found three, which nodes read from protocol version ${NEXT_ENCODING} on`;
  return [...failures, phase1('DecoderFailure', `expected a transaction of four parts, ${found}`)];
}

/** Before protocol version 12 a node takes the last of two redeemers for the same purpose and index. */
export const encoding: Phase1Rule = {
  name: 'nodes of this protocol version can read it',
  predicates: ['DecoderFailure'],
  source: 'Alonzo TxWits, Mary Value `decodeMultiAsset`, Dijkstra Tx: decoders by version',
  check: encodingFailures,
};
