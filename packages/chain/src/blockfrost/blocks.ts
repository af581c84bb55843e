import { slot } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import type { ChainBlock, TransactionEvidence } from '../provider.js';
import type { blockSchema, transactionSchema } from './schemas.js';

/** The parts of a block that following the chain needs. The first block of a network has the parent `''`. */
export function chainBlockOf(block: z.output<typeof blockSchema>): ChainBlock {
  return {
    hash: block.hash,
    height: block.height,
    slot: slot(block.slot),
    parentHash: block.previous_block ?? '',
    transactionCount: block.tx_count,
  };
}

/** Where `/txs/{hash}` says that a transaction stands. */
export function evidenceOf(transaction: z.output<typeof transactionSchema>): TransactionEvidence {
  return {
    txHash: transaction.hash,
    block: { hash: transaction.block, height: transaction.block_height, slot: slot(transaction.slot) },
    validContract: transaction.valid_contract,
  };
}
