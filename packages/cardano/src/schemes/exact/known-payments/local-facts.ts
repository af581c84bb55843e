import type { NetworkFacts } from '../../../ledger/facts/index.js';

/** What a Plutus V3 script without builtins costs. The ledger takes what is missing as unaffordable. */
// biome-ignore format: one number a line would be forty lines.
const COSTS: readonly number[] = [
  100788, 420, 1, 1, 1000, 173, 0, 1, 1000, 59957, 4, 1, 11183, 32, 201305, 8356, 4, 16000, 100, 16000,
  100, 16000, 100, 16000, 100, 16000, 100, 16000, 100, 100, 100, 16000, 100, 94375, 32, 132994, 32, 61462,
];

/** Parameters like those of the public networks, and a timeline of one-second slots: known payments live on no chain. */
export const LOCAL_FACTS: NetworkFacts = {
  parameters: {
    epoch: 1000,
    protocolVersion: { major: 11, minor: 0 },
    minFeePerByte: 44n,
    minFeeConstant: 155_381n,
    coinsPerUtxoByte: 4310n,
    maxTransactionBytes: 16_384,
    maxValueBytes: 5000,
    collateralPercentage: 150,
    maxCollateralInputs: 3,
    priceMemory: { numerator: 577n, denominator: 10_000n },
    priceSteps: { numerator: 721n, denominator: 10_000_000n },
    maxTransactionExecutionUnits: { memory: 14_000_000n, steps: 10_000_000_000n },
    referenceScriptCostPerByte: { numerator: 15n, denominator: 1n },
    costModels: { plutusV3: COSTS },
  },
  timeline: {
    systemStartMs: 0,
    eras: [
      {
        start: { seconds: 0, slot: 0, epoch: 0 },
        end: null,
        slotLengthSeconds: 1,
        epochLengthSlots: 432_000,
      },
    ],
  },
};
