import { createRequire } from 'node:module';
import type { RedeemerResult, UTxO } from '@cardananium/cquisitor-lib';
import {
  type ChainOutput,
  encodeArray,
  encodeBytes,
  encodeHead,
  fromHex,
  type OutRefKey,
  type ProtocolParameters,
  type ReferenceScript,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';

/** The library's build for Node is CommonJS, and ESM cannot see its named exports. */
const library = createRequire(import.meta.url)(
  '@cardananium/cquisitor-lib',
) as typeof import('@cardananium/cquisitor-lib');

/** The budget that one redeemer's script needs, or why it fails. */
export type Evaluation = { readonly purpose: RedeemerResult['redeemer_tag']; readonly index: number } & (
  | { readonly kind: 'evaluated'; readonly memory: number; readonly steps: number }
  | { readonly kind: 'failed'; readonly message: string }
);

const LANGUAGES: readonly ReferenceScript['language'][] = ['native', 'plutusV1', 'plutusV2', 'plutusV3'];

function scriptRef({ language, bytes }: ReferenceScript): string {
  const script = fromHex(bytes) ?? new Uint8Array();
  const number = encodeHead(0, BigInt(LANGUAGES.indexOf(language)));
  return toHex(encodeArray([number, language === 'native' ? script : encodeBytes(script)]));
}

function utxo({
  outRef,
  address,
  lovelace,
  assets,
  datumHash,
  inlineDatum,
  referenceScript,
}: ChainOutput): UTxO {
  return {
    input: { txHash: outRef.txHash, outputIndex: outRef.index },
    output: {
      address,
      amount: [
        { unit: 'lovelace', quantity: `${lovelace}` },
        ...[...assets].map(([asset, quantity]) => ({
          unit: asset.replace('.', ''),
          quantity: `${quantity}`,
        })),
      ],
      ...(inlineDatum === undefined ? {} : { plutusData: inlineDatum }),
      ...(datumHash === undefined || inlineDatum !== undefined ? {} : { dataHash: datumHash }),
      ...(referenceScript === undefined
        ? {}
        : { scriptRef: scriptRef(referenceScript), scriptHash: referenceScript.hash }),
    },
  };
}

/**
 * Runs every Plutus script of a transaction, ignoring its budgets.
 *
 * @param outputs All outputs that the transaction names.
 * @returns one entry per redeemer, or the validator's message when it cannot run them at all.
 */
export function evaluateScripts(
  transaction: Transaction,
  outputs: ReadonlyMap<OutRefKey, ChainOutput>,
  { costModels }: ProtocolParameters,
): readonly Evaluation[] | string {
  if (transaction.redeemers.length === 0) return [];
  const { plutusV1 = [], plutusV2 = [], plutusV3 = [] } = costModels;
  try {
    const results = library.execute_tx_scripts(toHex(transaction.bytes), [...outputs.values()].map(utxo), {
      plutusV1: [...plutusV1],
      plutusV2: [...plutusV2],
      plutusV3: [...plutusV3],
    });
    return results.map((result): Evaluation => {
      const redeemer = { purpose: result.redeemer_tag, index: result.redeemer_index };
      if ('error' in result) return { ...redeemer, kind: 'failed', message: result.error };
      const { mem, steps } = result.calculated_ex_units;
      return { ...redeemer, kind: 'evaluated', memory: Number(mem), steps: Number(steps) };
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
