import type { ProtocolParameters } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import { protocolParametersOf } from '../protocol-parameters.js';
import type { parametersSchema } from './schemas.js';

/** The parameters of `/epochs/latest/parameters`. */
export function blockfrostParametersOf(answer: z.output<typeof parametersSchema>): ProtocolParameters {
  return protocolParametersOf(answer, answer.cost_models_raw, {
    epoch: answer.epoch,
    protocolVersion: { major: answer.protocol_major_ver, minor: answer.protocol_minor_ver },
    maxBlockHeaderBytes: answer.max_block_header_size,
    maxEpochForPoolRetirement: answer.e_max,
  });
}
