import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  createdOutputs,
  decodeTransaction,
  type ProtocolParameters,
  readCreatedOutputs,
  type Transaction,
} from '@x402-facilitator/cardano';
import { scriptIntegrityHash } from '@x402-facilitator/cardano/testing';
import { z } from 'zod';
import type { Finding } from './vector.js';

const lineSchema = z.object({
  id: z.string(),
  era: z.string(),
  protocolMajor: z.coerce.number(),
  hex: z.string(),
});
type Line = z.infer<typeof lineSchema>;

const costModelsSchema = z.object({
  cost_models_raw: z.object({
    PlutusV1: z.array(z.number()),
    PlutusV2: z.array(z.number()),
    PlutusV3: z.array(z.number()),
  }),
});
type CostModels = Pick<ProtocolParameters, 'costModels'>;

const LANGUAGES = ['plutusV1', 'plutusV2', 'plutusV3'] as const;
/** Every set of languages. */
const LANGUAGE_SETS = Array.from(
  { length: 8 },
  (_, bits) => new Set(LANGUAGES.filter((_language, at) => (bits >> at) & 1)),
);

/** Era 7 is Conway; where the era is not known, the block's protocol version tells. */
function isConway({ era, protocolMajor }: Line): boolean {
  return era === '7' || (era === '?' && protocolMajor >= 9);
}

function costModelsOf(path: string): CostModels {
  const { PlutusV1, PlutusV2, PlutusV3 } = costModelsSchema.parse(
    JSON.parse(readFileSync(path, 'utf8')),
  ).cost_models_raw;
  return { costModels: { plutusV1: PlutusV1, plutusV2: PlutusV2, plutusV3: PlutusV3 } };
}

/** What a list of real transactions says about the decoder, the reader of outputs and the script-integrity hash. */
export type TransactionFindings = {
  /** Of Conway. */
  readonly decoded: Map<string, Finding>;
  /** Of every era. */
  readonly outputs: Map<string, Finding>;
  /** Of those whose witness set carries datums in an array without a tag. */
  readonly untaggedDatums: Map<string, Finding>;
};

const SET_TAG = Buffer.of(0xd9, 0x01, 0x02);

function outputsOf(transaction: Transaction) {
  return createdOutputs({ ...transaction, isValid: true });
}

function hasUntaggedDatums({ datumsBytes }: Transaction): boolean {
  return datumsBytes !== undefined && !SET_TAG.equals(datumsBytes.subarray(0, 3));
}

/** The outputs that it spends are not known, and so neither are its scripts' languages: any set of them may fit. */
function integrityOf(transaction: Transaction, models: readonly CostModels[]): Finding {
  const hashes = models.flatMap((model) =>
    LANGUAGE_SETS.map((languages) => scriptIntegrityHash(transaction, languages, model)),
  );
  const expected = transaction.scriptDataHash ?? 'none';
  return hashes.includes(transaction.scriptDataHash)
    ? { kind: 'agreed' }
    : { kind: 'differed', expected, found: 'another script-integrity hash for every set of languages' };
}

function idFinding({ id }: Line, found: string): Finding {
  return found === id ? { kind: 'agreed' } : { kind: 'differed', expected: id, found };
}

/**
 * Reads the outputs of every transaction of a list, decodes those of Conway, and computes the script-integrity hashes of those with untagged datums.
 *
 * @param file JSON lines `{id, era, protocolMajor, hex}`
 * @param directory of `bf544.json` and `bf642.json`, the cost models that were in force
 */
export function judgeTransactions(file: string, directory: string): TransactionFindings {
  const models = ['bf544.json', 'bf642.json'].map((name) => costModelsOf(join(directory, name)));
  const decoded = new Map<string, Finding>();
  const outputs = new Map<string, Finding>();
  const untaggedDatums = new Map<string, Finding>();
  for (const text of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const line = lineSchema.parse(JSON.parse(text));
    const bytes = Buffer.from(line.hex, 'hex');
    const created = readCreatedOutputs(bytes, true);
    outputs.set(line.id, idFinding(line, created.ok ? created.value.id : created.error));
    if (!isConway(line)) continue;
    const outcome = decodeTransaction(bytes);
    if (outcome.ok && created.ok && !isDeepStrictEqual(created.value.outputs, outputsOf(outcome.value)))
      outputs.set(line.id, { kind: 'differed', expected: 'the outputs that are decoded', found: 'others' });
    decoded.set(line.id, idFinding(line, outcome.ok ? outcome.value.id : outcome.error));
    if (outcome.ok && hasUntaggedDatums(outcome.value))
      untaggedDatums.set(line.id, integrityOf(outcome.value, models));
  }
  return { decoded, outputs, untaggedDatums };
}
