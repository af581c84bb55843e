import { lovelace } from '../../primitives/lovelace.js';
import type { OutRef } from '../../primitives/out-ref.js';
import { slot } from '../../primitives/slot.js';
import type { TxHash } from '../../primitives/tx-hash.js';
import type { ForbiddenField, Transaction } from '../transaction.js';
import { transactionOutput } from './output.js';
import {
  fields,
  HASH28,
  HASH32,
  hash,
  type Item,
  integer,
  list,
  MAX_UINT64,
  nonEmptySet,
  record,
  refuse,
  set,
  unsigned,
} from './shape.js';
import { mintValue } from './value.js';

/** CDDL `transaction_body`. */
const BODY_FIELDS = {
  0: 'inputs',
  1: 'outputs',
  2: 'fee',
  3: 'ttl',
  4: 'certificates',
  5: 'withdrawals',
  7: 'auxiliary_data_hash',
  8: 'validity_start',
  9: 'mint',
  11: 'script_data_hash',
  13: 'collateral_inputs',
  14: 'required_signers',
  15: 'network_id',
  16: 'collateral_return',
  17: 'total_collateral',
  18: 'reference_inputs',
  19: 'voting_procedures',
  20: 'proposal_procedures',
  21: 'treasury_value',
  22: 'donation',
} as const;

const MAX_OUTPUT_INDEX = 65_535n;

function outRef(item: Item): OutRef {
  const { transaction_id, index } = record(item, ['transaction_id', 'index']);
  return {
    txHash: hash(transaction_id, HASH32) as TxHash,
    index: Number(unsigned(index, MAX_OUTPUT_INDEX)),
  };
}

function nonEmptyMap(item: Item): void {
  if (item.node.kind !== 'map' || item.node.entries.length === 0)
    refuse(item, 'a map with at least one entry');
}

type BodyFields = ReturnType<typeof fields<typeof BODY_FIELDS>>;

/**
 * Names the fields that a payment may not carry. It does not read them: a payment that has one is refused.
 */
function forbiddenFields(found: BodyFields): ForbiddenField[] {
  if (found.certificates) nonEmptySet(found.certificates);
  if (found.withdrawals) nonEmptyMap(found.withdrawals);
  if (found.voting_procedures) nonEmptyMap(found.voting_procedures);
  if (found.proposal_procedures) nonEmptySet(found.proposal_procedures);
  if (found.treasury_value) unsigned(found.treasury_value);
  if (found.donation) integer(found.donation, 1n, MAX_UINT64);
  const names: ForbiddenField[] = [
    'mint',
    'withdrawals',
    'certificates',
    'voting_procedures',
    'proposal_procedures',
    'donation',
    'treasury_value',
  ];
  return names.filter((name) => found[name] !== undefined);
}

/** Everything of a `Transaction` that its body says. */
export type BodyContent = Pick<
  Transaction,
  | 'inputs'
  | 'referenceInputs'
  | 'collateralInputs'
  | 'outputs'
  | 'collateralReturn'
  | 'totalCollateral'
  | 'fee'
  | 'ttl'
  | 'validityStart'
  | 'mint'
  | 'requiredSigners'
  | 'networkId'
  | 'scriptDataHash'
  | 'auxiliaryDataHash'
  | 'forbiddenFields'
>;

/** Reads a transaction body as a Conway node's decoder does. */
export function transactionBody(item: Item): BodyContent {
  const found = fields(item, BODY_FIELDS);
  const { inputs, outputs, fee } = found;
  if (inputs === undefined || outputs === undefined || fee === undefined) {
    return refuse(item, 'a transaction body with inputs (0), outputs (1) and fee (2)');
  }
  const optionally = <Name extends string, T>(name: Name, field: Item | undefined, read: (item: Item) => T) =>
    (field === undefined ? {} : { [name]: read(field) }) as { [K in Name]?: T };
  // Slots are only compared, and a number is exact far beyond any slot that a network will reach.
  const readSlot = (field: Item) => slot(Number(unsigned(field)));
  return {
    inputs: set(inputs).map(outRef),
    referenceInputs: found.reference_inputs ? nonEmptySet(found.reference_inputs).map(outRef) : [],
    collateralInputs: found.collateral_inputs ? nonEmptySet(found.collateral_inputs).map(outRef) : [],
    outputs: list(outputs).map(transactionOutput),
    ...optionally('collateralReturn', found.collateral_return, transactionOutput),
    ...optionally('totalCollateral', found.total_collateral, (field) => lovelace(unsigned(field))),
    fee: lovelace(unsigned(fee)),
    ...optionally('ttl', found.ttl, readSlot),
    ...optionally('validityStart', found.validity_start, readSlot),
    mint: found.mint ? mintValue(found.mint) : new Map(),
    requiredSigners: found.required_signers
      ? nonEmptySet(found.required_signers).map((signer) => hash(signer, HASH28))
      : [],
    ...optionally('networkId', found.network_id, (field) => (unsigned(field, 1n) === 1n ? 1 : 0)),
    ...optionally('scriptDataHash', found.script_data_hash, (field) => hash(field, HASH32)),
    ...optionally('auxiliaryDataHash', found.auxiliary_data_hash, (field) => hash(field, HASH32)),
    forbiddenFields: forbiddenFields(found),
  };
}
