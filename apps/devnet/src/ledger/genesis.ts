import { type Address, blake2b256, decodeTransaction, slot, toHex } from '@x402-facilitator/cardano';
import { encode } from 'cbor2';
import { makeRecord } from './make-record.js';
import type { Block } from './records.js';

/** One billion ADA. It is exact in a JavaScript number, and more than any test spends. */
const GENESIS_LOVELACE = 1_000_000_000_000_000n;

/** The output that genesis spends. It never existed, but a transaction must spend something. */
const NOWHERE = new Uint8Array(32);
const NO_PREVIOUS = '0'.repeat(64);

/**
 * The genesis block: one transaction that creates all money and gives it to the faucet. It is the same on every start,
 * so that recorded answers stay comparable.
 */
export function genesisBlock(faucet: Address): Block {
  const output = new Map<number, unknown>([
    [0, Uint8Array.from(faucet.bytes)],
    [1, GENESIS_LOVELACE],
  ]);
  const body = new Map<number, unknown>([
    [0, [[NOWHERE, 0]]],
    [1, [output]],
    [2, 0],
  ]);
  const decoded = decodeTransaction(encode([body, new Map(), true, null]));
  if (!decoded.ok) throw new Error(`the genesis transaction is malformed: ${decoded.error}`);
  const transaction = decoded.value;
  return {
    hash: toHex(blake2b256(Buffer.from(`genesis ${transaction.id}`))),
    height: 0,
    slot: slot(0),
    previousHash: NO_PREVIOUS,
    transactions: [makeRecord(transaction, new Map(), 0)],
    bodyBytes: transaction.bytes.length,
  };
}
