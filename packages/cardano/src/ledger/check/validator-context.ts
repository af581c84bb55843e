import { addressOf, parseAddress } from '../address/index.js';
import { encodeArray, encodeBytes, encodeHead } from '../cbor/index.js';
import type { ChainOutput, ReferenceScript } from '../facts/chain-facts.js';
import type { ProtocolParameters, Rational } from '../facts/protocol-parameters.js';
import type { LedgerInput } from '../phase-1/outcome.js';
import { fromHex, toHex } from '../primitives/hex.js';
import { SCRIPT_LANGUAGES } from '../transaction/decode/script.js';
import type { Transaction } from '../transaction/transaction.js';

/** Wraps a bigint so that it survives JSON.stringify as a string that becomes a bare number again. */
const EXACT = 'exact:';

/** JSON in which a bigint is a number with all its digits: the library reads them as 64 bit integers. */
function exactJson(value: unknown): string {
  const text = JSON.stringify(value, (_, member) =>
    typeof member === 'bigint' ? `${EXACT}${member}` : member,
  );
  return text.replaceAll(new RegExp(`"${EXACT}(-?\\d+)"`, 'g'), '$1');
}

function fraction({ numerator, denominator }: Rational) {
  return { numerator, denominator };
}

/** What concerns blocks, certificates and votes is zero: a payment has none of them. */
function parametersContext(parameters: ProtocolParameters, costModels: object): string {
  const units = ({ memory, steps }: { memory: bigint; steps: bigint }) => ({ mem: memory, steps });
  return exactJson({
    adaPerUtxoByte: parameters.coinsPerUtxoByte,
    collateralPercentage: parameters.collateralPercentage,
    costModels,
    drepDeposit: 0,
    executionPrices: {
      memPrice: fraction(parameters.priceMemory),
      stepPrice: fraction(parameters.priceSteps),
    },
    governanceActionDeposit: 0,
    maxBlockBodySize: 0,
    maxBlockExecutionUnits: { mem: 0, steps: 0 },
    maxBlockHeaderSize: 0,
    maxCollateralInputs: parameters.maxCollateralInputs,
    maxEpochForPoolRetirement: 0,
    maxTransactionSize: parameters.maxTransactionBytes,
    maxTxExecutionUnits: units(parameters.maxTransactionExecutionUnits),
    maxValueSize: parameters.maxValueBytes,
    minFeeCoefficientA: parameters.minFeePerByte,
    minFeeConstantB: parameters.minFeeConstant,
    minPoolCost: 0,
    protocolVersion: [parameters.protocolVersion.major, parameters.protocolVersion.minor],
    referenceScriptCostPerByte: fraction(parameters.referenceScriptCostPerByte),
    stakeKeyDeposit: 0,
    stakePoolDeposit: 0,
  });
}

/** Parameters as the library reads them: whole, and without the cost models. */
type SerializedParameters = { readonly whole: string; readonly withoutCostModels: string };

/** Parameters change by epoch; turning them into JSON for each transaction would cost more than a verdict's rules. */
const serializedParameters = new WeakMap<ProtocolParameters, SerializedParameters>();

function cachedParametersContext(parameters: ProtocolParameters): SerializedParameters {
  const cached = serializedParameters.get(parameters);
  if (cached !== undefined) return cached;
  const context = {
    whole: parametersContext(parameters, parameters.costModels),
    withoutCostModels: parametersContext(parameters, {}),
  };
  serializedParameters.set(parameters, context);
  return context;
}

/**
 * The library looks at cost models to run a script and to hash a script's data. They are two thirds of the context, and
 * reading them is a fifth of judging a plain payment.
 */
function needsCostModels({ redeemers, scriptDataHash, hasScriptWitnesses }: Transaction): boolean {
  return redeemers.length > 0 || scriptDataHash !== undefined || hasScriptWitnesses;
}

const ENTERPRISE_KEY = 0x60;

/**
 * The library reads bech32 only. The ledger asks for the witness of a Byron output by the address's root, which is a
 * hash of a key's length: an enterprise address with that hash makes the library ask for the same one.
 */
function bech32Address(text: string): string {
  const address = parseAddress(text);
  if (!address.ok || address.value.kind === 'shelley') return text;
  const { networkId, root } = address.value;
  const standIn = addressOf(Uint8Array.of(ENTERPRISE_KEY | networkId, ...(fromHex(root) ?? [])));
  return standIn.ok ? standIn.value.text : text;
}

function scriptRefHex({ language, bytes }: ReferenceScript): string {
  const script = fromHex(bytes) ?? new Uint8Array();
  const content = language === 'native' ? script : encodeBytes(script);
  return toHex(encodeArray([encodeHead(0, BigInt(SCRIPT_LANGUAGES.indexOf(language))), content]));
}

function utxoContext({
  outRef,
  address,
  lovelace,
  assets,
  datumHash,
  inlineDatum,
  referenceScript,
}: ChainOutput) {
  const amount = [...assets].map(([asset, quantity]) => ({
    unit: asset.replace('.', ''),
    quantity: `${quantity}`,
  }));
  return {
    isSpent: false,
    utxo: {
      input: { txHash: outRef.txHash, outputIndex: outRef.index },
      output: {
        address: bech32Address(address),
        amount: [{ unit: 'lovelace', quantity: `${lovelace}` }, ...amount],
        ...(datumHash === undefined ? {} : { dataHash: datumHash }),
        ...(inlineDatum === undefined ? {} : { plutusData: inlineDatum }),
        ...(referenceScript === undefined
          ? {}
          : { scriptRef: scriptRefHex(referenceScript), scriptHash: referenceScript.hash }),
      },
    },
  };
}

/**
 * The library's `ValidationInputContext` for a transaction, as JSON: the given outputs and nothing of accounts, pools or
 * governance, which a payment may not touch.
 */
export function validatorContext(
  { transaction, parameters, slot, network }: Omit<LedgerInput, 'outputs'>,
  outputs: readonly ChainOutput[],
): string {
  const rest = JSON.stringify({
    accountContexts: [],
    currentCommitteeMembers: [],
    drepContexts: [],
    govActionContexts: [],
    lastEnactedGovAction: [],
    poolContexts: [],
    potentialCommitteeMembers: [],
    treasuryValue: 0,
    networkType: network.slice('cardano:'.length),
    slot,
    utxoSet: outputs.map(utxoContext),
  });
  const { whole, withoutCostModels } = cachedParametersContext(parameters);
  const serialized = needsCostModels(transaction) ? whole : withoutCostModels;
  return `${rest.slice(0, -1)},"protocolParameters":${serialized}}`;
}
