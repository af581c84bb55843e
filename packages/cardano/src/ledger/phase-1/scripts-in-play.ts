import type { ReferenceScript } from '../facts/chain-facts.js';
import { type OutRef, outRefKey } from '../primitives/out-ref.js';
import type { Redeemer, Transaction } from '../transaction/transaction.js';
import type { ResolvedOutput } from './phase-1-facts.js';

/** A script that must agree, and the redeemer that would point at it. */
export type NeededScript = Pick<Redeemer, 'purpose' | 'index'> & { readonly hash: string };

/** A language whose scripts run in phase 2. */
export type PlutusLanguage = Exclude<ReferenceScript['language'], 'native'>;

/** The scripts that a transaction needs, and those that it or what it spends and references brings along. */
export type ScriptsInPlay = {
  /** In the order of purposes and indexes. */
  readonly needed: readonly NeededScript[];
  /** The hashes of `needed`. */
  readonly neededHashes: ReadonlySet<string>;
  /** By hash: those on spent and referenced outputs. */
  readonly onOutputs: ReadonlyMap<string, ReferenceScript>;
  /** By hash: those of the witness set and those on outputs. */
  readonly provided: ReadonlyMap<string, ReferenceScript>;
  /** Of the needed scripts that are there. */
  readonly plutusLanguages: ReadonlySet<PlutusLanguage>;
};

/** Inputs in the ledger's order: by transaction id, then by index. */
export function inLedgerOrder(refs: readonly OutRef[]): OutRef[] {
  return refs.toSorted((a, b) => {
    if (a.txHash !== b.txHash) return a.txHash < b.txHash ? -1 : 1;
    return a.index - b.index;
  });
}

function byHash(scripts: readonly ReferenceScript[]): Map<string, ReferenceScript> {
  return new Map(scripts.map((script) => [script.hash, script]));
}

function neededToSpend(transaction: Transaction, spent: readonly ResolvedOutput[]): NeededScript[] {
  const locks = new Map<string, string>();
  for (const { output, address } of spent) {
    if (address?.kind === 'shelley' && address.payment.kind === 'script')
      locks.set(outRefKey(output.outRef), address.payment.hash);
  }
  if (locks.size === 0) return [];
  const distinct = new Map(transaction.inputs.map((ref) => [outRefKey(ref), ref] as const));
  return inLedgerOrder([...distinct.values()]).flatMap((ref, index) => {
    const hash = locks.get(outRefKey(ref));
    return hash === undefined ? [] : [{ purpose: 'spend' as const, index, hash }];
  });
}

function neededToMint({ mint }: Transaction): NeededScript[] {
  const policies = [...new Set([...mint.keys()].map((asset) => asset.slice(0, asset.indexOf('.'))))];
  return policies.toSorted().map((hash, index) => ({ purpose: 'mint', index, hash }));
}

/**
 * Inputs and mints only: what else may need scripts (certificates, withdrawals, votes, proposals) is not judged here.
 * Source: `getAlonzoScriptsNeeded` (Alonzo) and `getBabbageScriptsProvided` (Babbage).
 */
export function scriptsInPlay(
  transaction: Transaction,
  spent: readonly ResolvedOutput[],
  referenced: readonly ResolvedOutput[],
): ScriptsInPlay {
  const needed = [...neededToSpend(transaction, spent), ...neededToMint(transaction)];
  const onOutputs = byHash([...spent, ...referenced].flatMap(({ output }) => output.referenceScript ?? []));
  const provided = new Map([...byHash(transaction.scriptWitnesses), ...onOutputs]);
  const languages = needed.flatMap(({ hash }) => provided.get(hash)?.language ?? []);
  return {
    needed,
    neededHashes: new Set(needed.map(({ hash }) => hash)),
    onOutputs,
    provided,
    plutusLanguages: new Set(languages.filter((language) => language !== 'native')),
  };
}
