import { parseShelleyAddress } from '../../../ledger/address/index.js';
import { changeValues, subtract, sum } from '../../../ledger/building/index.js';
import type { ChainOutput, ExecutionUnits } from '../../../ledger/facts/index.js';
import { networkIdOf } from '../../../ledger/network/index.js';
import { minimumFee, scriptIntegrityHash } from '../../../ledger/phase-1/index.js';
import { inLedgerOrder } from '../../../ledger/phase-1/scripts-in-play.js';
import { measurePhase2, phase2Question } from '../../../ledger/phase-2/index.js';
import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { type OutRefKey, outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import { assembleWitness } from '../../../ledger/transaction/assemble-witness.js';
import { createdOutputs, decodeTransaction, type Transaction } from '../../../ledger/transaction/index.js';
import { err, ok, type Result } from '../../../result.js';
import { readChannel } from '../channel/channel.js';
import type { ChannelRedeemer } from '../codec/redeemer.js';
import type {
  BuildFailure,
  ChannelTransaction,
  ScriptContext,
  TransactionContext,
  ValidatorSource,
} from './transaction.js';
import { leastLovelace, type Output, type Redeemed, writeTransaction, writtenAddress } from './write.js';

/** What a step says of its transaction. The rest is worked out: fee, units, collateral, change. */
export type Draft = {
  readonly context: TransactionContext;
  readonly scriptHash: string;
  /** Beside the funding. */
  readonly inputs: readonly ChainOutput[];
  readonly outputs: readonly Output[];
  /** Key hashes that the validator must see. */
  readonly requiredSigners: readonly string[];
  readonly validFrom?: Slot;
  /** Absent where no script runs. */
  readonly script?: {
    readonly context: Pick<ScriptContext, 'validator' | 'collateral'>;
    /** How each channel among the inputs is redeemed. */
    readonly redeemers: ReadonlyMap<OutRefKey, ChannelRedeemer>;
  };
};

/** What a script declares above what it spent here: a part of it. It costs little, and no node's own count can pass it. */
const MARGIN_PART = 20n;
/** A transaction is measured up to so many times the protocol's limit, to say how far it is above. */
const MEASURED_LIMITS = 4n;
const ROUNDS = 4;
const NO_UNITS: ExecutionUnits = { memory: 0n, steps: 0n };

/** The transaction of a draft. The same draft always gives the same bytes. */
export function balance(draft: Draft): Result<ChannelTransaction, BuildFailure> {
  const checked = checkedInputs(draft);
  if (!checked.ok) return checked;
  const { parameters, timeline } = draft.context.facts;
  const { outputs } = checked.value;
  let units: readonly ExecutionUnits[] = [...(draft.script?.redeemers ?? [])].map(() => NO_UNITS);
  for (let round = 0; round < ROUNDS; round += 1) {
    const billed = withFee(draft, checked.value, units);
    if (!billed.ok) return billed;
    const { transaction } = billed.value;
    if (draft.script === undefined) return ok(built(draft, billed.value, checked.value.keys));
    const limit = parameters.maxTransactionExecutionUnits;
    const most = { memory: limit.memory * MEASURED_LIMITS, steps: limit.steps * MEASURED_LIMITS };
    const measured = measurePhase2(phase2Question({ transaction, parameters, timeline, outputs }), most);
    if (!measured.ok) {
      const { rule, message } = measured.error;
      if (rule === 'ExUnitsExceeded') return err({ kind: 'tooManyUnits', expected: limit, found: most });
      return err({ kind: 'refused', message: `${rule}: ${message}` });
    }
    const spent = measured.value;
    if (exceeds(totalOf(spent), limit))
      return err({ kind: 'tooManyUnits', expected: limit, found: totalOf(spent) });
    const declared = units;
    if (spent.every((found, at) => !exceeds(found, declared[at] ?? NO_UNITS)))
      return ok(built(draft, billed.value, checked.value.keys));
    const generous = spent.map(withMargin);
    units = exceeds(totalOf(generous), limit) ? spent : generous;
  }
  throw new Error('the execution units of a transaction change with its fee');
}

function withMargin({ memory, steps }: ExecutionUnits): ExecutionUnits {
  return { memory: memory + memory / MARGIN_PART, steps: steps + steps / MARGIN_PART };
}

function totalOf(units: readonly ExecutionUnits[]): ExecutionUnits {
  return units.reduce((a, b) => ({ memory: a.memory + b.memory, steps: a.steps + b.steps }), NO_UNITS);
}

function exceeds(used: ExecutionUnits, limit: ExecutionUnits): boolean {
  return used.memory > limit.memory || used.steps > limit.steps;
}

type Inputs = {
  /** In the ledger's order. */
  readonly spent: readonly ChainOutput[];
  /** Everything that the transaction names. */
  readonly outputs: ReadonlyMap<OutRefKey, ChainOutput>;
  /** Hashes of the keys that sign, sorted. */
  readonly keys: readonly string[];
};

function checkedInputs({
  context,
  scriptHash,
  inputs,
  outputs,
  requiredSigners,
  script,
}: Draft): Result<Inputs, BuildFailure> {
  const { network, funding, changeAddress } = context;
  for (const address of [changeAddress, ...outputs.map((output) => output.address)]) {
    const parsed = parseShelleyAddress(address);
    if (!parsed.ok || parsed.value.networkId !== networkIdOf(network))
      return err({ kind: 'input', message: `expected an address of ${network}, found ${address}` });
  }
  const spent = new Map([...inputs, ...funding].map((output) => [outRefKey(output.outRef), output]));
  const keys = new Set(requiredSigners);
  const collateral = script?.context.collateral ?? [];
  for (const output of [...spent.values(), ...collateral]) {
    if (script?.redeemers.has(outRefKey(output.outRef)) === true) continue;
    const address = parseShelleyAddress(output.address);
    const key = address.ok && address.value.payment.kind === 'key' ? address.value.payment.hash : undefined;
    if (key === undefined)
      return err({ kind: 'input', message: `expected outputs that a key guards, found ${output.address}` });
    keys.add(key);
  }
  const validator = script && validatorIn(script.context.validator, scriptHash);
  if (validator?.ok === false) return validator;
  const source = script?.context.validator;
  const named = [...spent.values(), ...collateral, ...(source?.kind === 'reference' ? [source.output] : [])];
  return ok({
    spent: inLedgerOrder([...spent.values()].map(({ outRef }) => outRef)).flatMap(
      (ref) => spent.get(outRefKey(ref)) ?? [],
    ),
    outputs: new Map(named.map((output) => [outRefKey(output.outRef), output])),
    keys: [...keys].toSorted(),
  });
}

function validatorIn(source: ValidatorSource, scriptHash: string): Result<undefined, BuildFailure> {
  const script = source.kind === 'witness' ? source.script : source.output.referenceScript;
  if (script?.hash === scriptHash && script.language === 'plutusV3') return ok(undefined);
  const found = script === undefined ? 'no script' : `${script.language} ${script.hash}`;
  return err({ kind: 'input', message: `expected the validator plutusV3 ${scriptHash}, found ${found}` });
}

type Billed = { readonly bytes: Uint8Array; readonly transaction: Transaction };

/** The transaction at these units with the least fee that the ledger takes. Each round can only raise it, and by less. */
function withFee(
  draft: Draft,
  inputs: Inputs,
  units: readonly ExecutionUnits[],
): Result<Billed, BuildFailure> {
  const { parameters } = draft.context.facts;
  for (let fee = parameters.minFeeConstant; ; ) {
    const written = write(draft, inputs, units, fee);
    if (!written.ok) return written;
    const transaction = decoded(signedAsIf(written.value, inputs.keys.length));
    const found = transaction.ledgerSize;
    const expected = parameters.maxTransactionBytes;
    if (found > expected) return err({ kind: 'tooLarge', expected, found });
    const least = minimumFee({ transaction, parameters, outputs: inputs.outputs });
    if (fee >= least) return ok({ bytes: written.value, transaction });
    fee = least;
  }
}

/** With signatures that only take their room. */
function signedAsIf(bytes: Uint8Array, keys: number): Uint8Array {
  let signed = bytes;
  for (let at = 0; at < keys; at += 1)
    signed = assembleWitness(signed, new Uint8Array(32).fill(at + 1), new Uint8Array(64));
  return signed;
}

function decoded(bytes: Uint8Array): Transaction {
  const transaction = decodeTransaction(bytes);
  if (!transaction.ok) throw new Error(`what was written does not decode: ${transaction.error}`);
  return transaction.value;
}

function write(
  draft: Draft,
  { spent }: Inputs,
  units: readonly ExecutionUnits[],
  fee: bigint,
): Result<Uint8Array, BuildFailure> {
  const { context, outputs, requiredSigners, validFrom } = draft;
  const { parameters } = context.facts;
  const held = sum(spent);
  const paid = sum(outputs.map(({ value }) => value));
  const back = subtract(held, { ...paid, lovelace: paid.lovelace + fee });
  for (const [asset, rest] of back.assets) {
    const found = held.assets.get(asset) ?? 0n;
    if (rest < 0n) return err({ kind: 'tooLittle', asset, expected: found - rest, found });
  }
  const { changeAddress: address } = context;
  const change = changeValues(back, writtenAddress(address), parameters);
  if (change.missing > 0n) {
    const expected = held.lovelace + change.missing;
    return err({ kind: 'tooLittle', asset: LOVELACE, expected, found: held.lovelace });
  }
  const script = scriptParts(draft, spent, units, fee);
  if (script?.ok === false) return script;
  return ok(
    writeTransaction({
      inputs: spent.map(({ outRef }) => outRef),
      outputs: [...outputs, ...change.values.map((value) => ({ address, value }))],
      fee,
      ttl: context.ttl,
      validFrom,
      requiredSigners,
      script: script?.value,
    }),
  );
}

function scriptParts(
  { context: { facts, changeAddress }, script }: Draft,
  spent: readonly ChainOutput[],
  units: readonly ExecutionUnits[],
  fee: bigint,
) {
  if (script === undefined) return undefined;
  const { parameters } = facts;
  const { validator, collateral } = script.context;
  const total = (fee * BigInt(parameters.collateralPercentage) + 99n) / 100n;
  const held = sum(collateral);
  const back = subtract(held, { lovelace: total, assets: new Map() });
  const collateralReturn: Output = { address: changeAddress, value: back };
  const canReturn = back.lovelace >= 0n && back.lovelace >= leastLovelace(collateralReturn, parameters);
  if (!canReturn && (back.lovelace < 0n || back.assets.size > 0)) {
    const message = `expected at least ${total} lovelace and min-UTxO for its tokens, found ${held.lovelace}`;
    return err<BuildFailure>({ kind: 'collateral', message });
  }
  if (collateral.length > parameters.maxCollateralInputs) {
    const message = `expected at most ${parameters.maxCollateralInputs} outputs, found ${collateral.length}`;
    return err<BuildFailure>({ kind: 'collateral', message });
  }
  const redeemed = spent.flatMap(({ outRef }, index): Omit<Redeemed, 'units'>[] => {
    const redeemer = script.redeemers.get(outRefKey(outRef));
    return redeemer === undefined ? [] : [{ index, redeemer }];
  });
  return ok({
    redeemed: redeemed.map((one, at): Redeemed => ({ ...one, units: units[at] ?? NO_UNITS })),
    integrityHash: (redeemersBytes: Uint8Array) =>
      scriptIntegrityHash({ redeemersBytes }, new Set(['plutusV3'] as const), parameters) ?? '',
    collateral: inLedgerOrder(collateral.map(({ outRef }) => outRef)),
    collateralReturn: canReturn ? collateralReturn : undefined,
    totalCollateral: canReturn ? total : held.lovelace,
    witness: validator.kind === 'witness' ? validator.script : undefined,
    reference: validator.kind === 'reference' ? validator.output.outRef : undefined,
  });
}

function built(
  { scriptHash }: Draft,
  { bytes, transaction }: Billed,
  requiredKeyHashes: readonly string[],
): ChannelTransaction {
  const outputs = createdOutputs(transaction);
  return {
    bytes,
    id: transaction.id,
    fee: transaction.fee,
    executionUnits: totalOf(transaction.redeemers.map(({ budget }) => budget)),
    requiredKeyHashes,
    channels: outputs.flatMap((output) => {
      const channel = readChannel(output, scriptHash);
      return channel.ok ? [{ channelId: channel.value.datum.constants.tag, output }] : [];
    }),
    outputs,
  };
}
