import type { Rational } from '@x402-facilitator/cardano';
import {
  epochPositionOf,
  forecastEnd,
  type NetworkProfile,
  protocolParameters,
} from '../../network/index.js';
import { type Answer, failure, ok } from '../answer.js';
import { get, type Route, type RouteContext } from '../route.js';
import { pageOf } from './request.js';

const decimal = ({ numerator, denominator }: Rational): number => Number(numerator) / Number(denominator);

function genesis({ ledger: { profile } }: RouteContext) {
  const era = profile.eras.at(-1);
  return {
    networkmagic: String(profile.magic),
    networkid: profile.networkId === 1 ? 'Mainnet' : 'Testnet',
    epochlength: String(era?.epochLengthSlots ?? 0),
    slotlength: String(era?.slotLengthSeconds ?? 1),
    systemstart: profile.timeline.systemStartMs / 1000,
    securityparam: String(profile.securityParam),
  };
}

function parametersOf(profile: NetworkProfile, epoch: number) {
  const parameters = protocolParameters(profile, epoch);
  const { plutusV1 = [], plutusV2 = [], plutusV3 = [] } = parameters.costModels;
  return {
    epoch_no: epoch,
    min_fee_a: Number(parameters.minFeePerByte),
    min_fee_b: Number(parameters.minFeeConstant),
    max_block_size: parameters.maxBlockBodyBytes,
    max_tx_size: parameters.maxTransactionBytes,
    max_bh_size: parameters.maxBlockHeaderBytes,
    key_deposit: String(parameters.stakeKeyDeposit),
    pool_deposit: String(parameters.stakePoolDeposit),
    max_epoch: parameters.maxEpochForPoolRetirement,
    protocol_major: parameters.protocolVersion.major,
    protocol_minor: parameters.protocolVersion.minor,
    min_pool_cost: String(parameters.minPoolCost),
    cost_models: { PlutusV1: plutusV1, PlutusV2: plutusV2, PlutusV3: plutusV3 },
    price_mem: decimal(parameters.priceMemory),
    price_step: decimal(parameters.priceSteps),
    max_tx_ex_mem: Number(parameters.maxTransactionExecutionUnits.memory),
    max_tx_ex_steps: Number(parameters.maxTransactionExecutionUnits.steps),
    max_block_ex_mem: Number(parameters.maxBlockExecutionUnits.memory),
    max_block_ex_steps: Number(parameters.maxBlockExecutionUnits.steps),
    max_val_size: parameters.maxValueBytes,
    collateral_percent: parameters.collateralPercentage,
    max_collateral_inputs: parameters.maxCollateralInputs,
    coins_per_utxo_size: String(parameters.coinsPerUtxoByte),
    gov_action_deposit: String(parameters.governanceActionDeposit),
    drep_deposit: String(parameters.drepDeposit),
    min_fee_ref_script_cost_per_byte: decimal(parameters.referenceScriptCostPerByte),
  };
}

/** `/epoch_params`: the latest epoch first. */
function epochParameters(context: RouteContext): Answer {
  const { profile } = context.ledger;
  const { epoch } = epochPositionOf(profile, context.view.tip.slot);
  const epochs = [epoch, epoch - 1].filter((number) => number >= 0);
  return ok(pageOf(context, epochs).map((number) => parametersOf(profile, number)));
}

/** Ogmios behind Koios: its era summaries only. */
function ogmios({ ledger: { profile }, view, body }: RouteContext): Answer {
  const method: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'method') : undefined;
  if (method !== 'queryLedgerState/eraSummaries') return failure(400, `unknown method ${String(method)}`);
  const bound = ({ seconds, slot, epoch }: { seconds: number; slot: number; epoch: number }) => ({
    time: { seconds },
    slot,
    epoch,
  });
  const result = profile.eras.map((era) => ({
    start: bound(era.start),
    end: bound(era.end ?? forecastEnd(era, view.tip.slot)),
    parameters: {
      epochLength: era.epochLengthSlots,
      slotLength: { milliseconds: era.slotLengthSeconds * 1000 },
      safeZone: era.safeZoneSlots,
    },
  }));
  return ok({ jsonrpc: '2.0', method, result });
}

export const networkRoutes: readonly Route[] = [
  get('/genesis', (context) => ok([genesis(context)])),
  get('/epoch_params', epochParameters),
  { method: 'POST', path: '/ogmios', handle: ogmios },
];
