import { createHash } from 'node:crypto';
import {
  type AssetId,
  LOVELACE,
  type Network,
  outRefKey,
  parseAssetId,
  parseTxHash,
  type SignedReceipt,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import { createReceiptStore, createRedisJournal, type RedisConnection } from '@x402-facilitator/journal';
import type { SettlementClaim } from '@x402-facilitator/journal/testing';

/** What the driver brought to its end, counted beside the journal. */
export type Ledger = {
  readonly states: { confirmed: number; failed: number; expired: number };
  /** Of what was confirmed, in atomic units by asset. */
  readonly volume: Map<AssetId, bigint>;
};

export function emptyLedger(): Ledger {
  return { states: { confirmed: 0, failed: 0, expired: 0 }, volume: new Map() };
}

const ASSETS: readonly AssetId[] = [
  LOVELACE,
  ...[`${'aa'.repeat(28)}.746f6b656e`, `${'bb'.repeat(28)}.`].flatMap((text) => parseAssetId(text) ?? []),
];
const KEYS = ['shop', 'cinema', undefined] as const;
const BLOCK = { hash: 'b1'.repeat(32), height: 100, slot: slot(2_000) };
const PROOF = { kind: 'ttl-passed', ttl: slot(5_000), tip: BLOCK } as const;

export function idOf(seed: number | string): TxHash {
  const parsed = parseTxHash(createHash('sha256').update(`settlement ${seed}`).digest('hex'));
  if (parsed === undefined) throw new RangeError(`no transaction id for ${seed}`);
  return parsed;
}

function receiptOf(txHash: TxHash): SignedReceipt {
  const payload = JSON.stringify({
    ...{ version: 1, network: 'cardano:preview', transaction: txHash, payer: 'addr_test1payer' },
    ...{ payTo: 'addr_test1payto', asset: 'lovelace', amount: '1', resource: null, block: BLOCK },
    ...{ confirmations: 1, settledAt: '2026-10-01T00:00:00.000Z' },
  });
  return { format: 'cip8', payload, signature: '84', key: 'a4', address: 'addr_test1' };
}

/**
 * Brings settlements to their end by the journal's own scripts, in the order in which workers run them, and counts them.
 * No chain is asked: which transaction is in which block is not what the archive is about.
 */
export function createDriver(options: {
  readonly redis: RedisConnection;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly retentionMs: number;
  /** POSIX milliseconds. */
  readonly now: () => number;
}) {
  const { redis, network, ledger, retentionMs, now } = options;
  const policy = { stabilityMs: 0, retentionMs, archiveMaxBacklog: 1_000_000 };
  const journal = createRedisJournal({ redis, now, policy });
  const receipts = createReceiptStore({ redis, network });

  return async (seed: number): Promise<TxHash> => {
    const txHash = idOf(seed);
    const asset = ASSETS[seed % ASSETS.length] ?? LOVELACE;
    // No 64-bit number and no float holds the sums of these.
    const amount = BigInt(`0x${txHash.slice(0, 15)}`);
    const claim: SettlementClaim = {
      ...{ network, txHash, binding: txHash, asset, amount, keyName: KEYS[seed % KEYS.length] },
      ...{ payer: `addr_test1payer${seed % 97}`, payTo: 'addr_test1payto', requiredConfirmations: 1 },
      ...{ inputs: [outRefKey({ txHash, index: 0 })], ttl: slot(5_000), expiresAtMs: now() },
      ...{ signedTransaction: new Uint8Array(300), method: 'default', hasScripts: false },
      resource: `https://shop.example/${seed}?q='; DROP TABLE x402_settlements; --`,
    };
    const { kind } = await journal.claim(claim);
    if (kind !== 'claimed') throw new Error(`expected a claim of ${txHash}, found ${kind}`);
    const at = { network, txHash } as const;
    await journal.transition({ ...at, to: 'submitting', from: ['queued'] });
    const end = seed % 20;
    const unpaid = { errorReason: 'driven', errorMessage: `driven ${seed}` };
    if (end === 0) {
      await journal.transition({ ...at, to: 'failed', from: ['submitting'], change: unpaid });
      ledger.states.failed += 1;
      return txHash;
    }
    if (end === 1) {
      const change = { ...unpaid, proof: PROOF };
      await journal.transition({ ...at, to: 'expired', from: ['submitting'], change });
      ledger.states.expired += 1;
      return txHash;
    }
    await journal.transition({ ...at, to: 'submitted', from: ['submitting'] });
    const included = { block: BLOCK, confirmations: 0 };
    await journal.transition({ ...at, to: 'included', from: ['submitted'], change: included });
    const confirmed = { confirmations: 1 };
    await journal.transition({ ...at, to: 'confirmed', from: ['included'], change: confirmed });
    await journal.deliver(network, txHash, { caller: 'driver', redemption: 'once' });
    await receipts.store(txHash, BLOCK.hash, receiptOf(txHash));
    await journal.conclude(network, txHash);
    ledger.states.confirmed += 1;
    ledger.volume.set(asset, (ledger.volume.get(asset) ?? 0n) + amount);
    return txHash;
  };
}
