import type { ReferenceScript } from '../../facts/chain-facts.js';
import { blake2b256 } from '../../primitives/hash.js';
import { toHex } from '../../primitives/hex.js';
import { hashedScript } from '../script-hash.js';
import type { BootstrapWitness, DatumWitness, Redeemer, Transaction, VkeyWitness } from '../transaction.js';
import { checkPlutusData } from './plutus-data.js';
import { checkNativeScript, type ScriptLanguage } from './script.js';
import {
  bytes,
  fields,
  HASH32,
  type Item,
  list,
  MAX_INT64,
  nonEmptySet,
  part,
  rawBytes,
  record,
  refuse,
  Undecodable,
  unsigned,
} from './shape.js';

/** CDDL `transaction_witness_set`. */
const WITNESS_FIELDS = {
  0: 'vkey_witnesses',
  1: 'native_scripts',
  2: 'bootstrap_witnesses',
  3: 'plutus_v1_scripts',
  4: 'plutus_data',
  5: 'redeemers',
  6: 'plutus_v2_scripts',
  7: 'plutus_v3_scripts',
} as const;

const PURPOSES = ['spend', 'mint', 'certify', 'reward', 'vote', 'propose'] as const;
const SIGNATURE_LENGTH = 64;
const MAX_UINT32 = 0xffff_ffffn;

function vkeyWitness(item: Item): VkeyWitness {
  const { public_key, signature } = record(item, ['public_key', 'signature']);
  return { publicKey: bytes(public_key, HASH32), signature: bytes(signature, SIGNATURE_LENGTH) };
}

function bootstrapWitness(item: Item): BootstrapWitness {
  const witness = record(item, ['public_key', 'signature', 'chain_code', 'attributes']);
  return {
    publicKey: bytes(witness.public_key, HASH32),
    signature: bytes(witness.signature, SIGNATURE_LENGTH),
    chainCode: bytes(witness.chain_code, HASH32),
    attributes: bytes(witness.attributes),
  };
}

function redeemer(tag: Item, index: Item, data: Item, budget: Item): Redeemer {
  const purpose = PURPOSES[Number(unsigned(tag))];
  if (purpose === undefined) return refuse(tag, 'a redeemer purpose from 0 to 5');
  checkPlutusData(data);
  const { memory, steps } = record(budget, ['memory', 'steps']);
  return {
    purpose,
    index: Number(unsigned(index, MAX_UINT32)),
    data: rawBytes(data),
    budget: { memory: unsigned(memory, MAX_INT64), steps: unsigned(steps, MAX_INT64) },
  };
}

/** Both forms that Conway reads: a list of four, and a map from purpose and index. */
function redeemers(item: Item): Redeemer[] {
  const { node } = item;
  const found =
    node.kind === 'map'
      ? node.entries.map(([keyNode, valueNode], at) => {
          const key = record(part(item, keyNode, `[${at}].key`), ['tag', 'index']);
          const content = record(part(item, valueNode, `[${at}]`), ['data', 'budget']);
          return redeemer(key.tag, key.index, content.data, content.budget);
        })
      : list(item).map((entry) => {
          const { tag, index, data, budget } = record(entry, ['tag', 'index', 'data', 'budget']);
          return redeemer(tag, index, data, budget);
        });
  if (found.length === 0) refuse(item, 'at least one redeemer');
  const pointers = new Set(found.map(({ purpose, index }) => `${purpose} ${index}`));
  if (pointers.size !== found.length)
    throw new Undecodable(`${item.path}: two redeemers for the same purpose and index`);
  return found;
}

function datumWitness(item: Item): DatumWitness {
  checkPlutusData(item);
  const bytes = rawBytes(item);
  return { hash: toHex(blake2b256(bytes)), bytes };
}

function nativeScript(item: Item): ReferenceScript {
  checkNativeScript(item);
  return hashedScript('native', rawBytes(item));
}

/** Everything of a `Transaction` that its witness set says. */
export type WitnessContent = Pick<
  Transaction,
  | 'vkeyWitnesses'
  | 'bootstrapWitnesses'
  | 'scriptWitnesses'
  | 'redeemers'
  | 'datumWitnesses'
  | 'hasScriptWitnesses'
>;

/** Reads a witness set as a Conway node's decoder does. */
export function witnessSet(item: Item): WitnessContent {
  const found = fields(item, WITNESS_FIELDS);
  const each = <T>(field: Item | undefined, read: (item: Item) => T): T[] =>
    field === undefined ? [] : nonEmptySet(field).map(read);
  const plutus = (language: ScriptLanguage) => (script: Item) => hashedScript(language, bytes(script));
  const scriptWitnesses = [
    ...each(found.native_scripts, nativeScript),
    ...each(found.plutus_v1_scripts, plutus('plutusV1')),
    ...each(found.plutus_v2_scripts, plutus('plutusV2')),
    ...each(found.plutus_v3_scripts, plutus('plutusV3')),
  ];
  const datumWitnesses = each(found.plutus_data, datumWitness);
  const foundRedeemers = found.redeemers ? redeemers(found.redeemers) : [];
  return {
    vkeyWitnesses: each(found.vkey_witnesses, vkeyWitness),
    bootstrapWitnesses: each(found.bootstrap_witnesses, bootstrapWitness),
    scriptWitnesses,
    redeemers: foundRedeemers,
    datumWitnesses,
    hasScriptWitnesses: scriptWitnesses.length + datumWitnesses.length + foundRedeemers.length > 0,
  };
}
