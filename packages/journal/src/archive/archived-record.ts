import type { Network, TxHash } from '@x402-facilitator/cardano';
import { type Call, callOn, handedTo } from '../settlements/calls.js';
import { decodeRecord } from '../settlements/record.js';
import { RECORD_FIELDS } from '../settlements/record-fields.js';
import type { Reading, Settlement } from '../settlements/settlement.js';

/** What only decides who has a success again: digests of the call that it was handed to. */
const HANDED_TO = ['deliveryKey', 'deliveryCaller'] as const;

/** The fields of a record that an archive keeps, besides its receipt. The signed transaction is on the ledger. */
export const ARCHIVED_FIELDS: readonly string[] = [...RECORD_FIELDS, ...HANDED_TO];

/** Stored fields as text, by their names in Redis. */
export type ArchivedFields = Readonly<Record<string, string>>;

/** Reads a record from its archived fields. A newer version may have archived more of them. */
export function decodeArchived(network: Network, txHash: TxHash, fields: ArchivedFields): Reading {
  const textOf = (field: string) => (Object.hasOwn(fields, field) ? fields[field] : false);
  return decodeRecord(network, txHash, RECORD_FIELDS.map(textOf));
}

/**
 * Whether a success that was collected is had again by this call, as the journal's script decides it. A success that was
 * not collected is had by none: whoever reads an archive cannot hand it out once.
 */
export function isSameCall(settlement: Settlement, fields: ArchivedFields, call: Call): boolean {
  if (settlement.state !== 'confirmed' || settlement.deliveredAtMs === undefined) return false;
  const counted = callOn(settlement, call);
  const { key, caller, collector } = handedTo(counted);
  const { deliveryKey, deliveryCaller } = fields;
  const isSameOperation =
    key !== '' && key === deliveryKey && (deliveryCaller === undefined || deliveryCaller === caller);
  const { deliveredTo } = settlement;
  return (
    isSameOperation ||
    (counted.redemption === 'resume' && (deliveredTo === undefined || deliveredTo === collector))
  );
}
