import {
  blake2b256,
  type ProtocolParameters,
  type Rational,
  slot,
  slotStartMs,
  toHex,
} from '@x402-facilitator/cardano';
import {
  type DevnetParameters,
  epochPositionOf,
  epochSlots,
  protocolParameters,
} from '../../network/index.js';
import { failure, notFound, ok } from '../answer.js';
import { blockTime } from '../render/block.js';
import { get, param, type Route, type RouteContext } from '../route.js';

const MAX_EPOCH = 2_147_483_647;

function currentEpoch({ ledger, view }: RouteContext): number {
  return epochPositionOf(ledger.profile, view.tip.slot).epoch;
}

/** Blocks of the running epoch. They are contiguous, so finding the first one is enough. */
function blocksOfEpoch({ ledger, view }: RouteContext, epoch: number) {
  const { start, end } = epochSlots(ledger.profile, epoch);
  const blocks = [];
  for (let height = view.tip.height; height >= 0; height -= 1) {
    const block = view.block(height);
    if (block === undefined || block.slot < start) break;
    if (block.slot < end) blocks.push(block);
  }
  return blocks.reverse();
}

function renderEpoch(context: RouteContext) {
  const { profile } = context.ledger;
  const epoch = currentEpoch(context);
  const { start, end } = epochSlots(profile, epoch);
  const blocks = blocksOfEpoch(context, epoch);
  const transactions = blocks.flatMap((block) => block.transactions);
  const seconds = (at: number) => slotStartMs(profile.timeline, slot(at)) / 1000;
  const [first, last] = [blocks[0], blocks.at(-1)];
  const output = transactions.flatMap(({ transaction }) => transaction.outputs);
  return {
    epoch,
    start_time: seconds(start),
    end_time: seconds(end),
    first_block_time: first === undefined ? seconds(start) : blockTime(profile, first),
    last_block_time: last === undefined ? seconds(start) : blockTime(profile, last),
    block_count: blocks.length,
    tx_count: transactions.length,
    output: output.reduce((sum, { lovelace }) => sum + lovelace, 0n).toString(),
    fees: transactions.reduce((sum, { transaction }) => sum + transaction.fee, 0n).toString(),
    active_stake: null,
  };
}

const decimal = ({ numerator, denominator }: Rational): number => Number(numerator) / Number(denominator);

/** The governance parameters of the public testnets. The devnet's rules do not read them. */
const GOVERNANCE = {
  pvt_motion_no_confidence: 0.51,
  pvt_committee_normal: 0.51,
  pvt_committee_no_confidence: 0.51,
  pvt_hard_fork_initiation: 0.51,
  dvt_motion_no_confidence: 0.67,
  dvt_committee_normal: 0.67,
  dvt_committee_no_confidence: 0.6,
  dvt_update_to_constitution: 0.75,
  dvt_hard_fork_initiation: 0.6,
  dvt_p_p_network_group: 0.67,
  dvt_p_p_economic_group: 0.67,
  dvt_p_p_technical_group: 0.67,
  dvt_p_p_gov_group: 0.75,
  dvt_treasury_withdrawal: 0.67,
  committee_min_size: '3',
  committee_max_term_length: '365',
  gov_action_lifetime: '30',
  drep_activity: '31',
  pvtpp_security_group: 0.51,
  pvt_p_p_security_group: 0.51,
} as const;

function rawCostModels({ costModels }: ProtocolParameters): Record<string, readonly number[]> {
  const { plutusV1 = [], plutusV2 = [], plutusV3 = [] } = costModels;
  return { PlutusV1: plutusV1, PlutusV2: plutusV2, PlutusV3: plutusV3 };
}

/** `epoch_param_content`. Costs are named by their position, because clients do not read the operations' names. */
function renderParameters(parameters: DevnetParameters) {
  const raw = rawCostModels(parameters);
  const named = Object.entries(raw).map(([language, costs]) => [language, { ...costs }] as const);
  return {
    epoch: parameters.epoch,
    min_fee_a: Number(parameters.minFeePerByte),
    min_fee_b: Number(parameters.minFeeConstant),
    max_block_size: parameters.maxBlockBodyBytes,
    max_tx_size: parameters.maxTransactionBytes,
    max_block_header_size: parameters.maxBlockHeaderBytes,
    key_deposit: parameters.stakeKeyDeposit.toString(),
    pool_deposit: parameters.stakePoolDeposit.toString(),
    e_max: parameters.maxEpochForPoolRetirement,
    n_opt: 500,
    a0: 0.3,
    rho: 0.003,
    tau: 0.2,
    decentralisation_param: 0,
    extra_entropy: null,
    protocol_major_ver: parameters.protocolVersion.major,
    protocol_minor_ver: parameters.protocolVersion.minor,
    min_utxo: parameters.coinsPerUtxoByte.toString(),
    min_pool_cost: parameters.minPoolCost.toString(),
    nonce: toHex(blake2b256(Buffer.from(`epoch ${parameters.epoch}`))),
    cost_models: Object.fromEntries(named),
    cost_models_raw: raw,
    price_mem: decimal(parameters.priceMemory),
    price_step: decimal(parameters.priceSteps),
    max_tx_ex_mem: parameters.maxTransactionExecutionUnits.memory.toString(),
    max_tx_ex_steps: parameters.maxTransactionExecutionUnits.steps.toString(),
    max_block_ex_mem: parameters.maxBlockExecutionUnits.memory.toString(),
    max_block_ex_steps: parameters.maxBlockExecutionUnits.steps.toString(),
    max_val_size: parameters.maxValueBytes.toString(),
    collateral_percent: parameters.collateralPercentage,
    max_collateral_inputs: parameters.maxCollateralInputs,
    coins_per_utxo_size: parameters.coinsPerUtxoByte.toString(),
    coins_per_utxo_word: parameters.coinsPerUtxoByte.toString(),
    ...GOVERNANCE,
    gov_action_deposit: parameters.governanceActionDeposit.toString(),
    drep_deposit: parameters.drepDeposit.toString(),
    min_fee_ref_script_cost_per_byte: decimal(parameters.referenceScriptCostPerByte),
  };
}

function parametersOfEpoch(context: RouteContext) {
  const named = param(context, 'number');
  if (!/^-?\d+$/.test(named)) return failure(400, 'params/number must be integer');
  const epoch = Number(named);
  if (epoch < 0 || epoch > MAX_EPOCH) return failure(400, 'Missing, out of range or malformed epoch_number.');
  return epoch > currentEpoch(context)
    ? notFound()
    : ok(renderParameters(protocolParameters(context.ledger.profile, epoch)));
}

export const epochRoutes: readonly Route[] = [
  get('/epochs/latest', (context) => ok(renderEpoch(context))),
  get('/epochs/latest/parameters', (context) =>
    ok(renderParameters(protocolParameters(context.ledger.profile, currentEpoch(context)))),
  ),
  get('/epochs/{number}/parameters', parametersOfEpoch),
];
