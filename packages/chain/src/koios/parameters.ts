import type { ProtocolParameters } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import { protocolParametersOf } from '../protocol-parameters.js';
import type { parametersSchema } from './schemas.js';

/** The parameters of `/epoch_params`. */
export function koiosParametersOf(row: z.output<typeof parametersSchema>[number]): ProtocolParameters {
  return protocolParametersOf(row, row.cost_models, {
    epoch: row.epoch_no,
    protocolVersion: { major: row.protocol_major, minor: row.protocol_minor },
    maxBlockHeaderBytes: row.max_bh_size,
    maxEpochForPoolRetirement: row.max_epoch,
  });
}
