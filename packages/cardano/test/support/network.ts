import { PROTOCOL_PARAMETERS_DEFAULT } from '@lucid-evolution/lucid';
import type { NetworkFacts, ProtocolParameters, Timeline } from '@x402-facilitator/cardano';

/** Cost models in the ledger's order, as Lucid's emulator has them. */
function costModel(language: 'PlutusV1' | 'PlutusV2' | 'PlutusV3'): readonly number[] {
  return Object.values(PROTOCOL_PARAMETERS_DEFAULT.costModels[language]);
}

/** The parameters that the public networks have had for a long time. */
export const PARAMETERS: ProtocolParameters = {
  epoch: 1000,
  protocolVersion: { major: 10, minor: 0 },
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
  costModels: {
    plutusV1: costModel('PlutusV1'),
    plutusV2: costModel('PlutusV2'),
    plutusV3: costModel('PlutusV3'),
  },
};

/** Preview's: one slot a second from its start. */
export const PREVIEW_TIMELINE: Timeline = {
  systemStartMs: Date.UTC(2022, 9, 25),
  eras: [
    { start: { seconds: 0, slot: 0, epoch: 0 }, end: null, slotLengthSeconds: 1, epochLengthSlots: 86_400 },
  ],
};

/** Mainnet's: slots of 20 seconds until Shelley. */
export const MAINNET_TIMELINE: Timeline = {
  systemStartMs: Date.UTC(2017, 8, 23, 21, 44, 51),
  eras: [
    {
      start: { seconds: 0, slot: 0, epoch: 0 },
      end: { seconds: 89_856_000, slot: 4_492_800, epoch: 208 },
      slotLengthSeconds: 20,
      epochLengthSlots: 21_600,
    },
    {
      start: { seconds: 89_856_000, slot: 4_492_800, epoch: 208 },
      end: null,
      slotLengthSeconds: 1,
      epochLengthSlots: 432_000,
    },
  ],
};

export const PREVIEW: NetworkFacts = { parameters: PARAMETERS, timeline: PREVIEW_TIMELINE };
