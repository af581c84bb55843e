import { parseAddress } from '../address/index.js';
import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import type { ChainOutput, ReferenceScript } from '../facts/chain-facts.js';
import type { PlutusData } from '../plutus/index.js';
import { readPlutusData } from '../plutus/index.js';
import { fromHex } from '../primitives/hex.js';
import { type OutRef, outRefKey } from '../primitives/out-ref.js';
import { referenceScriptOf } from '../transaction/created-outputs.js';
import type { Redeemer, Transaction, TransactionOutput } from '../transaction/transaction.js';
import type { Purpose, ShownInput, ShownOutput, ShownRedeemer, TransactionFacts } from './context/facts.js';
import type { Phase2Question } from './question.js';

/** Why scripts cannot even be run: the ledger's own name, and what is wrong. */
export class CannotRun extends Error {
  readonly rule: string;
  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}

function dataOf(bytes: Uint8Array, name: string): PlutusData {
  const data = readPlutusData(bytes, DECODE_LIMITS);
  if (!data.ok) throw new CannotRun('BadData', `${name} is not Plutus data: ${data.error}`);
  return data.value;
}

function hexOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}

function chainOutput(output: ChainOutput): ShownOutput {
  const { lovelace, assets, datumHash, inlineDatum, referenceScript } = output;
  const address = parseAddress(output.address);
  if (!address.ok) throw new CannotRun('BadAddress', `${output.address} is not an address: ${address.error}`);
  const datum =
    inlineDatum !== undefined
      ? ({ kind: 'inline', data: dataOf(hexOf(inlineDatum), 'an inline datum') } as const)
      : datumHash === undefined
        ? undefined
        : ({ kind: 'hash', hash: datumHash } as const);
  return { address: address.value, lovelace, assets, datum, referenceScript };
}

function createdOutput({
  parsedAddress,
  lovelace,
  assets,
  datum,
  scriptRef,
}: TransactionOutput): ShownOutput {
  const shown =
    datum?.kind === 'inline'
      ? ({ kind: 'inline', data: dataOf(datum.bytes, 'an inline datum') } as const)
      : datum;
  const referenceScript = scriptRef === undefined ? undefined : referenceScriptOf(scriptRef);
  return { address: parsedAddress, lovelace, assets, datum: shown, referenceScript };
}

/** References in the order of the ledger's sets: by transaction, then by index. */
function ordered(refs: readonly OutRef[]): readonly OutRef[] {
  return [...new Map(refs.map((ref) => [outRefKey(ref), ref])).values()].sort((a, b) => {
    if (a.txHash !== b.txHash) return a.txHash < b.txHash ? -1 : 1;
    return a.index - b.index;
  });
}

/** The policies that mint or burn, in ascending order. */
function policiesOf({ mint }: Transaction): readonly string[] {
  return [...new Set([...mint.keys()].map((asset) => asset.split('.')[0] ?? ''))].sort();
}

const PURPOSE_ORDER = ['spend', 'mint'] as const;

function purposeOf(
  { purpose, index }: Redeemer,
  inputs: readonly ShownInput[],
  policies: readonly string[],
): Purpose {
  if (purpose === 'spend') {
    const input = inputs[index];
    if (input !== undefined) return { kind: 'spend', outRef: input.outRef };
  } else if (purpose === 'mint') {
    const policyId = policies[index];
    if (policyId !== undefined) return { kind: 'mint', policyId };
  } else {
    throw new CannotRun('PurposeNotJudged', `scripts for ${purpose} are not judged here`);
  }
  throw new CannotRun('ExtraRedeemers', `redeemer ${purpose} ${index} points to nothing`);
}

/** A script that is to be run, with what it is applied to and may spend. */
export type ScriptToRun = {
  readonly script: ReferenceScript & { readonly language: 'plutusV1' | 'plutusV2' | 'plutusV3' };
  readonly redeemer: ShownRedeemer;
  readonly datum: PlutusData | undefined;
  readonly budget: Redeemer['budget'];
};

/** What scripts are shown of a transaction, and the scripts. */
export type Scripts = { readonly facts: TransactionFacts; readonly toRun: readonly ScriptToRun[] };

function scriptHashOf({ address }: ShownOutput): string | undefined {
  return address.kind === 'shelley' && address.payment.kind === 'script' ? address.payment.hash : undefined;
}

/** Every script that the transaction brings along or that outputs carry which it spends or references. */
function scriptsByHash(
  transaction: Transaction,
  outputs: readonly ChainOutput[],
): ReadonlyMap<string, ReferenceScript> {
  const carried = outputs.flatMap(({ referenceScript }) => referenceScript ?? []);
  return new Map([...carried, ...transaction.scriptWitnesses].map((script) => [script.hash, script]));
}

/**
 * Finds the scripts of a transaction and what each is applied to, in the ledger's own orders.
 *
 * @throws CannotRun when the ledger would not run them, or they are of a kind that is not judged here.
 */
export function scriptsToRun(transaction: Transaction, question: Phase2Question): Scripts {
  if (transaction.forbiddenFields.some((field) => field !== 'mint')) {
    throw new CannotRun(
      'FieldsNotJudged',
      `scripts beside ${transaction.forbiddenFields.join(', ')} are not judged here`,
    );
  }
  const outputs = new Map(question.outputs.map((output) => [outRefKey(output.outRef), output]));
  const shown = (refs: readonly OutRef[]): ShownInput[] =>
    ordered(refs).map((outRef) => {
      const output = outputs.get(outRefKey(outRef));
      if (output === undefined) throw new CannotRun('BadInputsUTxO', `${outRefKey(outRef)} is not known`);
      return { outRef, output: chainOutput(output) };
    });
  const inputs = shown(transaction.inputs);
  const policies = policiesOf(transaction);
  const datums = [...transaction.datumWitnesses]
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ hash, bytes }) => ({ hash, data: dataOf(bytes, 'a datum') }));
  const redeemers = [...transaction.redeemers].sort((a, b) =>
    a.purpose === b.purpose
      ? a.index - b.index
      : PURPOSE_ORDER.indexOf(a.purpose as 'spend') - PURPOSE_ORDER.indexOf(b.purpose as 'spend'),
  );
  const read = redeemers.map((redeemer) => ({
    redeemer: {
      purpose: purposeOf(redeemer, inputs, policies),
      data: dataOf(redeemer.data, 'a redeemer'),
    },
    budget: redeemer.budget,
  }));
  const facts: TransactionFacts = {
    txHash: transaction.id,
    inputs,
    referenceInputs: shown(transaction.referenceInputs),
    outputs: transaction.outputs.map(createdOutput),
    fee: transaction.fee,
    mint: transaction.mint,
    validFromMs: question.validFromMs,
    validUntilMs: question.validUntilMs,
    requiredSigners: [...new Set(transaction.requiredSigners)].sort(),
    redeemers: read.map(({ redeemer }) => redeemer),
    datums: [...new Map(datums.map((datum) => [datum.hash, datum])).values()],
  };
  const byHash = scriptsByHash(transaction, question.outputs);
  const datumsByHash = new Map(facts.datums.map(({ hash, data }) => [hash, data]));
  const toRun = read.map(({ redeemer, budget }): ScriptToRun => {
    const { purpose } = redeemer;
    const spent =
      purpose.kind === 'spend'
        ? inputs.find(({ outRef }) => outRefKey(outRef) === outRefKey(purpose.outRef))?.output
        : undefined;
    const hash = purpose.kind === 'mint' ? purpose.policyId : spent && scriptHashOf(spent);
    const script = hash === undefined ? undefined : byHash.get(hash);
    if (hash === undefined)
      throw new CannotRun('ExtraRedeemers', 'a redeemer is for an input without script');
    if (script === undefined)
      throw new CannotRun('MissingScriptWitnessesUTXOW', `script ${hash} is not there`);
    const { language } = script;
    if (language === 'native') throw new CannotRun('ExtraRedeemers', 'a redeemer is for a native script');
    const datum =
      spent?.datum?.kind === 'inline'
        ? spent.datum.data
        : spent?.datum === undefined
          ? undefined
          : datumsByHash.get(spent.datum.hash);
    if (
      purpose.kind === 'spend' &&
      datum === undefined &&
      (language !== 'plutusV3' || spent?.datum !== undefined)
    )
      throw new CannotRun('MissingRequiredDatums', `the datum for script ${hash} is not there`);
    return { script: { ...script, language }, redeemer, datum, budget };
  });
  return { facts, toRun };
}
