import { type ProtocolParameters, slot } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import { protocolParametersOf } from '../http/index.js';
import type { ChainBlock, TransactionEvidence } from '../provider/index.js';
import type { blockSchema, parametersSchema, transactionSchema } from './schemas.js';

/** The parts of a block that the follower needs. The first block of a network has the parent `''`. */
export function chainBlockOf(block: z.output<typeof blockSchema>): ChainBlock {
  return {
    hash: block.hash,
    height: block.height,
    slot: slot(block.slot),
    parentHash: block.previous_block ?? '',
    transactionCount: block.tx_count,
  };
}

/** Where a transaction is on the chain, by `/txs/{hash}`. */
export function evidenceOf(transaction: z.output<typeof transactionSchema>): TransactionEvidence {
  return {
    txHash: transaction.hash,
    block: { hash: transaction.block, height: transaction.block_height, slot: slot(transaction.slot) },
    validContract: transaction.valid_contract,
  };
}

/** The parameters of `/epochs/latest/parameters`. */
export function blockfrostParametersOf(answer: z.output<typeof parametersSchema>): ProtocolParameters {
  return protocolParametersOf(answer, answer.cost_models_raw, {
    epoch: answer.epoch,
    protocolVersion: { major: answer.protocol_major_ver, minor: answer.protocol_minor_ver },
  });
}
