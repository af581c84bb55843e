import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Network,
  outRefKey,
  type ProtocolParameters,
  parseTxHash,
  readCbor,
  slot,
  toHex,
} from '@x402-facilitator/cardano';
import { z } from 'zod';
import { compare, type Expectation, type Finding, outputOf } from './vector.js';

const rational = z
  .object({ numerator: z.number(), denominator: z.number() })
  .transform(({ numerator, denominator }) => ({
    numerator: BigInt(numerator),
    denominator: BigInt(denominator),
  }));
const units = z
  .object({ memory: z.number(), cpu: z.number() })
  .transform(({ memory, cpu }) => ({ memory: BigInt(memory), steps: BigInt(cpu) }));
const lovelace = z.number().transform(BigInt);

const parametersSchema = z.object({
  minFeeCoefficient: lovelace,
  minFeeConstant: lovelace,
  minFeeReferenceScripts: z.object({ range: z.number(), base: rational, multiplier: rational }),
  minUtxoDepositCoefficient: lovelace,
  maxTransactionSize: z.number(),
  maxValueSize: z.number(),
  maxReferenceScriptsSize: z.number(),
  collateralPercentage: z.number(),
  maxCollateralInputs: z.number(),
  scriptExecutionPrices: z.object({ memory: rational, cpu: rational }),
  maxExecutionUnitsPerTransaction: units,
  version: z.object({ major: z.number(), minor: z.number() }),
  plutusCostModels: z.object({
    plutusV1: z.array(z.number()).exactOptional(),
    plutusV2: z.array(z.number()).exactOptional(),
    plutusV3: z.array(z.number()).exactOptional(),
  }),
});

const scenarioSchema = z.object({
  network: z.string(),
  protocolParameters: z.union([
    z.object({ $ref: z.string(), $override: z.record(z.string(), z.unknown()).optional() }),
    z.record(z.string(), z.unknown()),
  ]),
  initialState: z.object({ utxo: z.array(z.object({ input: z.string(), output: z.string() })) }),
  point: z.object({ slot: z.number() }),
  transaction: z.string(),
  expected: z.union([
    z.literal('Pass'),
    z.object({ predicate: z.string().optional(), decodingFailure: z.boolean().optional() }),
  ]),
});
type Scenario = z.infer<typeof scenarioSchema>;

function jsonOf(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function parametersOf(directory: string, { protocolParameters: given }: Scenario): ProtocolParameters {
  const isReference = '$ref' in given && typeof given.$ref === 'string';
  const base = isReference
    ? z.record(z.string(), z.unknown()).parse(jsonOf(join(directory, String(given.$ref))))
    : given;
  const override = isReference ? z.record(z.string(), z.unknown()).optional().parse(given.$override) : {};
  const found = parametersSchema.parse({ ...base, ...override });
  return {
    epoch: 0,
    protocolVersion: found.version,
    minFeePerByte: found.minFeeCoefficient,
    minFeeConstant: found.minFeeConstant,
    coinsPerUtxoByte: found.minUtxoDepositCoefficient,
    maxTransactionBytes: found.maxTransactionSize,
    maxValueBytes: found.maxValueSize,
    collateralPercentage: found.collateralPercentage,
    maxCollateralInputs: found.maxCollateralInputs,
    priceMemory: found.scriptExecutionPrices.memory,
    priceSteps: found.scriptExecutionPrices.cpu,
    maxTransactionExecutionUnits: found.maxExecutionUnitsPerTransaction,
    referenceScriptCostPerByte: found.minFeeReferenceScripts.base,
    referenceScriptTierBytes: found.minFeeReferenceScripts.range,
    referenceScriptTierGrowth: found.minFeeReferenceScripts.multiplier,
    maxReferenceScriptBytes: found.maxReferenceScriptsSize,
    costModels: found.plutusCostModels,
  };
}

function outRefOf(hex: string) {
  const read = readCbor(Buffer.from(hex, 'hex'), { maxBytes: 100, maxDepth: 4 });
  const [id, index] = read.ok && read.value.kind === 'array' ? read.value.items : [];
  const txHash = id?.kind === 'bytes' ? parseTxHash(toHex(id.value)) : undefined;
  if (txHash === undefined || index?.kind !== 'int') throw new Error(`expected an input, found ${hex}`);
  return { txHash, index: Number(index.value) };
}

const NETWORKS: Readonly<Record<string, Network>> = {
  mainnet: 'cardano:mainnet',
  preprod: 'cardano:preprod',
};

function expectationOf({ expected }: Scenario): Expectation {
  if (expected === 'Pass') return { kind: 'accepted' };
  const { predicate, decodingFailure } = expected;
  if (decodingFailure === true) return { kind: 'undecodable' };
  return predicate === undefined ? { kind: 'refused' } : { kind: 'refused', predicate };
}

/** Judges the scenarios of a checkout of amaru's (`crates/amaru-ledger/tests/data/transaction`), by their names. */
export function judgeAmaru(directory: string): Map<string, Finding> {
  const scenarios = join(directory, 'scenarios');
  const findings = new Map<string, Finding>();
  for (const name of readdirSync(scenarios).sort()) {
    const scenario = scenarioSchema.parse(jsonOf(join(scenarios, name)));
    const outputs = scenario.initialState.utxo.map(({ input, output }) => {
      const outRef = outRefOf(input);
      return [outRefKey(outRef), outputOf(Buffer.from(output, 'hex'), outRef)] as const;
    });
    findings.set(
      name.replace('.json', ''),
      compare(Buffer.from(scenario.transaction, 'hex'), expectationOf(scenario), {
        parameters: parametersOf(directory, scenario),
        slot: slot(scenario.point.slot),
        network: NETWORKS[scenario.network] ?? 'cardano:preview',
        outputs: new Map(outputs),
      }),
    );
  }
  return findings;
}
