import type { Builtin, PlutusLanguage, PlutusVersion } from '../builtins/builtin.js';
import { BUILTINS } from '../builtins/index.js';
import type { Value } from '../machine/value.js';
import type { CostFunction, CostShape } from './shapes.js';
import { sizeOf } from './sizes.js';

/** What one step costs. */
export type StepCost = { readonly cpu: number; readonly memory: number };

/** The steps of the machine that have a price. */
const STEPS = [
  'startup',
  'apply',
  'builtin',
  'constant',
  'delay',
  'force',
  'lambda',
  'variable',
  'constructor',
  'case',
] as const;
export type Step = (typeof STEPS)[number];

/** What everything costs in one language at one time. */
export type CostTable = {
  readonly steps: Readonly<Record<Step, StepCost>>;
  /** What a builtin costs with these arguments. */
  readonly builtin: (builtin: Builtin, args: readonly Value[]) => StepCost;
};

/** The order of parameters in a cost model, `@` before a step of the machine: what all languages have in common. */
const COMMON = `addInteger appendByteString appendString bData blake2b_256 @apply @builtin @constant @delay @force @lambda
  @startup @variable chooseData chooseList chooseUnit consByteString constrData decodeUtf8 divideInteger encodeUtf8
  equalsByteString equalsData equalsInteger equalsString fstPair headList iData ifThenElse indexByteString
  lengthOfByteString lessThanByteString lessThanEqualsByteString lessThanEqualsInteger lessThanInteger listData mapData
  mkCons mkNilData mkNilPairData mkPairData modInteger multiplyInteger nullList quotientInteger remainderInteger`;
const AFTER_SERIALISATION = `sha2_256 sha3_256 sliceByteString sndPair subtractInteger tailList trace unBData unConstrData
  unIData unListData unMapData`;
const BLS = `@constructor @case bls12_381_G1_add bls12_381_G1_compress bls12_381_G1_equal bls12_381_G1_hashToGroup
  bls12_381_G1_neg bls12_381_G1_scalarMul bls12_381_G1_uncompress bls12_381_G2_add bls12_381_G2_compress
  bls12_381_G2_equal bls12_381_G2_hashToGroup bls12_381_G2_neg bls12_381_G2_scalarMul bls12_381_G2_uncompress
  bls12_381_finalVerify bls12_381_millerLoop bls12_381_mulMlResult keccak_256 blake2b_224`;
const CONVERSIONS = 'integerToByteString byteStringToInteger';
const LATER = `andByteString orByteString xorByteString complementByteString readBit writeBits replicateByte
  shiftByteString rotateByteString countSetBits findFirstSetBit ripemd_160 expModInteger dropList lengthOfArray
  listToArray indexArray bls12_381_G1_multiScalarMul bls12_381_G2_multiScalarMul insertCoin lookupCoin unionValue
  valueContains valueData unValueData scaleValue`;
const SIGNATURES = 'verifyEcdsaSecp256k1Signature verifyEd25519Signature verifySchnorrSecp256k1Signature';

const ORDERS: Readonly<Record<PlutusLanguage, readonly string[]>> = {
  plutusV1: [
    COMMON,
    AFTER_SERIALISATION,
    'verifyEd25519Signature serialiseData verifyEcdsaSecp256k1Signature verifySchnorrSecp256k1Signature',
    BLS,
    CONVERSIONS,
    LATER,
  ],
  plutusV2: [COMMON, 'serialiseData', AFTER_SERIALISATION, SIGNATURES, CONVERSIONS, BLS, LATER],
  plutusV3: [COMMON, 'serialiseData', AFTER_SERIALISATION, SIGNATURES, BLS, CONVERSIONS, LATER],
};

const BY_NAME: ReadonlyMap<string, Builtin> = new Map(BUILTINS.map((builtin) => [builtin.name, builtin]));
/** What a missing parameter counts as: more than any budget. */
const UNAFFORDABLE = 2 ** 63;

type PricedBuiltin = {
  readonly cpu: CostFunction;
  readonly memory: CostFunction;
  readonly needs: readonly number[];
};

function shapeOf(shape: Builtin['cpu'], version: PlutusVersion): CostShape {
  return typeof shape === 'function' ? shape(version) : shape;
}

/**
 * Reads a cost model: one number after the other, in the ledger's own order. One that is too short makes what it does not
 * price unaffordable; what is too much is not looked at.
 */
export function costTable(costModel: readonly number[], version: PlutusVersion): CostTable {
  const prices = new Map<Builtin, PricedBuiltin>();
  const steps = new Map<string, StepCost>();
  let at = 0;
  const take = (count: number) => {
    const taken = costModel.slice(at, at + count);
    at += count;
    return taken;
  };
  for (const name of ORDERS[version.language].join(' ').split(/\s+/)) {
    const builtin = BY_NAME.get(name);
    if (builtin === undefined) {
      const [cpu = UNAFFORDABLE, memory = UNAFFORDABLE] = take(2);
      steps.set(name.slice(1), { cpu, memory });
      continue;
    }
    const cpu = shapeOf(builtin.cpu, version);
    const memory = shapeOf(builtin.memory, version);
    prices.set(builtin, {
      cpu: cpu.build(take(cpu.parameters)),
      memory: memory.build(take(memory.parameters)),
      needs: [...new Set([...cpu.needs, ...memory.needs])],
    });
  }
  const stepCost = (step: Step) => steps.get(step) ?? { cpu: UNAFFORDABLE, memory: UNAFFORDABLE };
  return {
    steps: Object.fromEntries(STEPS.map((step) => [step, stepCost(step)])) as Record<Step, StepCost>,
    builtin(builtin, args) {
      const price = prices.get(builtin);
      if (price === undefined) return { cpu: UNAFFORDABLE, memory: UNAFFORDABLE };
      const sizes = [0, 0, 0, 0];
      for (const place of price.needs) sizes[place] = sizeOf(args[place], builtin.measures?.[place], version);
      const [x = 0, y = 0, z = 0, u = 0] = sizes;
      return { cpu: price.cpu(x, y, z, u), memory: price.memory(x, y, z, u) };
    },
  };
}
