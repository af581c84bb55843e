import type { ProtocolParameters, Rational } from '@x402-facilitator/cardano';
import { PLUTUS_V1, PLUTUS_V2, PLUTUS_V3 } from './cost-models.js';
import type { NetworkProfile } from './profile.js';

const rational = (numerator: bigint, denominator: bigint): Rational => ({ numerator, denominator });

/** What judging a payment needs, and what else a provider tells. */
export type DevnetParameters = ProtocolParameters & {
  readonly maxBlockBodyBytes: number;
  readonly maxBlockHeaderBytes: number;
  readonly maxBlockExecutionUnits: ProtocolParameters['maxTransactionExecutionUnits'];
  readonly stakeKeyDeposit: bigint;
  readonly stakePoolDeposit: bigint;
  readonly drepDeposit: bigint;
  readonly governanceActionDeposit: bigint;
  readonly minPoolCost: bigint;
  readonly maxEpochForPoolRetirement: number;
};

/** The protocol parameters that the public networks run with in Conway, for one epoch. */
export function protocolParameters(
  { protocolVersion }: Pick<NetworkProfile, 'protocolVersion'>,
  epoch: number,
): DevnetParameters {
  return {
    epoch,
    protocolVersion: { major: protocolVersion, minor: 0 },
    minFeePerByte: 44n,
    minFeeConstant: 155_381n,
    coinsPerUtxoByte: 4_310n,
    maxTransactionBytes: 16_384,
    maxValueBytes: 5_000,
    maxBlockBodyBytes: 90_112,
    maxBlockHeaderBytes: 1_100,
    collateralPercentage: 150,
    maxCollateralInputs: 3,
    priceMemory: rational(577n, 10_000n),
    priceSteps: rational(721n, 10_000_000n),
    maxTransactionExecutionUnits: { memory: 16_500_000n, steps: 10_000_000_000n },
    maxBlockExecutionUnits: { memory: 72_000_000n, steps: 20_000_000_000n },
    referenceScriptCostPerByte: rational(15n, 1n),
    stakeKeyDeposit: 2_000_000n,
    stakePoolDeposit: 500_000_000n,
    drepDeposit: 500_000_000n,
    governanceActionDeposit: 100_000_000_000n,
    minPoolCost: 170_000_000n,
    maxEpochForPoolRetirement: 18,
    costModels: { plutusV1: PLUTUS_V1, plutusV2: PLUTUS_V2, plutusV3: PLUTUS_V3 },
  };
}

/** Least lovelace that an output of this serialized size must hold (Babbage: 160 bytes of ledger overhead). */
export function minLovelace(parameters: ProtocolParameters, outputBytes: number): bigint {
  return parameters.coinsPerUtxoByte * BigInt(160 + outputBytes);
}
