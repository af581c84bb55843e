import type { ProtocolParameters as LucidParameters } from '@lucid-evolution/lucid';
import {
  assembleWitness,
  decodeTransaction,
  fromHex,
  type ProtocolParameters,
} from '@x402-facilitator/cardano';
import type { PoolTransaction } from '@x402-facilitator/journal';
import type { FacilitatorWallet } from '../wallet/index.js';
import type { PoolPlan } from './plan-pool.js';

/** Far above the cost of such a transaction. It keeps a bug from burning money. */
const MAX_FEE_LOVELACE = 1_000_000n;

/**
 * Builds and signs the wallet's own transaction: every output goes back to its address.
 *
 * @param options.validUntilMs POSIX milliseconds; afterwards no block can include it.
 * @throws Error when Lucid builds any other transaction.
 */
export async function buildPoolTransaction(options: {
  readonly wallet: FacilitatorWallet;
  readonly plan: PoolPlan;
  readonly utxoLovelace: bigint;
  readonly parameters: ProtocolParameters;
  readonly validUntilMs: number;
}): Promise<PoolTransaction> {
  const { wallet, plan, utxoLovelace, parameters, validUntilMs } = options;
  const { address } = wallet;
  const inputs = plan.inputs.map(({ outRef, lovelace }) => ({
    txHash: outRef.txHash,
    outputIndex: outRef.index,
    address,
    assets: { lovelace },
  }));
  const builder = await wallet.newBuilder(lucidParametersOf(parameters), inputs);
  let draft = builder.newTx().collectFrom(inputs);
  for (let made = 0; made < plan.create; made += 1)
    draft = draft.pay.ToAddress(address, { lovelace: utxoLovelace });
  const unsigned = await draft
    .validTo(validUntilMs)
    .complete({ coinSelection: false, presetWalletInputs: [], changeAddress: address });

  const unsignedBytes = fromHex(unsigned.toCBOR()) ?? new Uint8Array();
  const body = checked(unsignedBytes, options);
  const id = fromHex(body.id) ?? new Uint8Array();
  const bytes = assembleWitness(unsignedBytes, wallet.publicKey, wallet.sign(id));
  return { txHash: body.id, bytes, ttl: body.ttl, feeLovelace: body.fee };
}

/** Checks the bytes that will be signed, not the order to Lucid. */
function checked(
  bytes: Uint8Array,
  { wallet, plan }: Pick<Parameters<typeof buildPoolTransaction>[0], 'wallet' | 'plan'>,
) {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(`expected a transaction of the pool, found other bytes: ${decoded.error}`);
  const transaction = decoded.value;
  const { inputs, outputs, fee, ttl } = transaction;
  const isOurs = outputs.every(({ address, assets }) => address === wallet.address && assets.size === 0);
  if (!isOurs || fee > MAX_FEE_LOVELACE || inputs.length !== plan.inputs.length || ttl === undefined)
    throw new Error(
      `expected a transaction of the pool that pays ${wallet.address} alone, a fee of at most ${MAX_FEE_LOVELACE} lovelace and a TTL, found fee ${fee}, TTL ${ttl}, ${inputs.length} inputs`,
    );
  return { id: transaction.id, fee, ttl };
}

/** The network's parameters as Lucid takes them. Deposits and the prices of scripts are zero: the transaction has neither. */
function lucidParametersOf(parameters: ProtocolParameters): LucidParameters {
  const { costModels, referenceScriptCostPerByte: perByte } = parameters;
  return {
    minFeeA: Number(parameters.minFeePerByte),
    minFeeB: Number(parameters.minFeeConstant),
    maxTxSize: parameters.maxTransactionBytes,
    maxValSize: parameters.maxValueBytes,
    keyDeposit: 0n,
    poolDeposit: 0n,
    drepDeposit: 0n,
    govActionDeposit: 0n,
    priceMem: 0,
    priceStep: 0,
    maxTxExMem: parameters.maxTransactionExecutionUnits.memory,
    maxTxExSteps: parameters.maxTransactionExecutionUnits.steps,
    coinsPerUtxoByte: parameters.coinsPerUtxoByte,
    collateralPercentage: parameters.collateralPercentage,
    maxCollateralInputs: parameters.maxCollateralInputs,
    minFeeRefScriptCostPerByte: Number(perByte.numerator / perByte.denominator),
    costModels: {
      PlutusV1: [...(costModels.plutusV1 ?? [])],
      PlutusV2: [...(costModels.plutusV2 ?? [])],
      PlutusV3: [...(costModels.plutusV3 ?? [])],
    },
  };
}
