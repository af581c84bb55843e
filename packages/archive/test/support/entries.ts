import type { ArchiveEntry } from '@x402-facilitator/archive';
import { parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import { decodeArchived, type Settlement } from '@x402-facilitator/journal';

/** The transaction id that stands for a number. */
export function txHash(seed: number): TxHash {
  const parsed = parseTxHash(seed.toString(16).padStart(64, '0'));
  if (parsed === undefined) throw new RangeError(`no transaction id for ${seed}`);
  return parsed;
}

/** A confirmed payment that ended at a second of its own, as the journal stores it; `undefined` leaves a field out. */
export function entryOf(
  seed: number,
  overrides: Readonly<Record<string, string | undefined>> = {},
  more: Partial<Pick<ArchiveEntry, 'receipt' | 'sponsorship'>> = {},
): ArchiveEntry & { readonly settlement: Settlement } {
  const network = 'cardano:preview';
  const atMs = 1_700_000_000_000 + seed * 1_000;
  const stored: Record<string, string | undefined> = {
    schemaVersion: '1',
    state: 'confirmed',
    network,
    transaction: txHash(seed),
    method: 'default',
    revision: '7',
    attempts: '1',
    binding: 'b'.repeat(64),
    payer: 'addr_test1payer',
    payTo: 'addr_test1payto',
    asset: 'lovelace',
    amount: '2000000',
    requiredConfirmations: '1',
    inputs: JSON.stringify([`${'ab'.repeat(32)}#0`]),
    ttl: '5000',
    expiresAtMs: `${atMs + 60_000}`,
    queuedAtMs: `${atMs - 40_000}`,
    hasScripts: 'false',
    keyName: 'shop',
    resource: 'https://shop.example/report?for=somebody',
    blockHash: 'b1'.repeat(32),
    blockHeight: '100',
    blockSlot: '2000',
    includedAtMs: `${atMs - 20_000}`,
    confirmations: '1',
    settledAtMs: `${atMs}`,
    firstSettledRevision: '6',
    finalAtMs: `${atMs + 600_000}`,
    deliveredAtMs: `${atMs + 1}`,
    deliveredTo: 'd'.repeat(64),
    deliveryKey: 'c'.repeat(64),
    deliveryCaller: 'e'.repeat(64),
    ...overrides,
  };
  const fields = Object.fromEntries(
    Object.entries(stored).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const reading = decodeArchived(network, txHash(seed), fields);
  if (!reading.ok || reading.value === undefined) throw new Error(`not a record: ${JSON.stringify(reading)}`);
  return { settlement: reading.value, fields, receipt: undefined, sponsorship: undefined, ...more };
}
