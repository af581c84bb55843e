import type { ProtocolParameters, Rational } from '@x402-facilitator/cardano';

/**
 * An object of the library's own. It was compiled from Scala, so that its members have names that mean nothing; those
 * below are the ones of version 0.17.0, and `assertKnown` looks whether they still are.
 */
export type Compiled = Readonly<Record<string, unknown>>;

/** Names of the two halves of a 64-bit number, the lower one first. */
type Halves = readonly [low: string, high: string];

const PARAMETERS = {
  collateralPercentage: ['vu', 'uu'],
  maxCollateralInputs: ['yu', 'xu'],
  maxTransactionBytes: ['Au', 'zu'],
  maxValueBytes: ['Cu', 'Bu'],
  minFeeConstant: ['Ku', 'Ju'],
  minFeePerByte: ['Mu', 'Lu'],
  coinsPerUtxoByte: ['Ou', 'Nu'],
  referenceScriptCostPerByte: ['Eu', 'Du'],
} as const satisfies Readonly<Record<string, Halves>>;
const UNITS = { memory: ['Mc', 'Fc'], steps: ['cd', 'Uc'] } as const satisfies Readonly<
  Record<string, Halves>
>;
const FRACTION = { numerator: ['yh', 'xh'], denominator: ['zg', 'yg'] } as const satisfies Readonly<
  Record<string, Halves>
>;
const VERSION = { major: 'Qi', minor: 'No' } as const;
const OBJECTS = {
  costModels: 'Cq',
  prices: 'Dq',
  priceMemory: 'Aq',
  priceSteps: 'Bq',
  maxTransactionExecutionUnits: 'Eq',
  protocolVersion: '$k',
} as const;
/** Cost models are a map of three: a key and a vector for each language. */
const MODELS = { byLanguage: 'Pi', plutusV1: 'Fl', plutusV2: 'Gk', plutusV3: 'Hk' } as const;
const CACHED = { value: 'cka', isKnown: 'dka' } as const;
/** A vector of 65 to 1 056 elements: 32 at its start, whole rows of 32 between, the rest at its end. */
const VECTOR = { first: 'S', rows: 'mh', last: 'aa', length: 'ja', lengthOfFirst: 'Gi' } as const;
const ITEMS = 'a';
const ELEMENT: Halves = ['c', 'd'];
const ROW = 32;

/** What the library's own parameters are: by these, the members above are known to be what they are taken for. */
const OWN: Readonly<Record<keyof typeof PARAMETERS, bigint>> = {
  collateralPercentage: 150n,
  maxCollateralInputs: 3n,
  maxTransactionBytes: 16_384n,
  maxValueBytes: 5_000n,
  minFeeConstant: 155_381n,
  minFeePerByte: 44n,
  coinsPerUtxoByte: 4_310n,
  referenceScriptCostPerByte: 15n,
};

/** A copy of an object, of its own kind, with other members. */
export function withMembers(original: Compiled, members: Readonly<Record<string, unknown>>): Compiled {
  return Object.assign(Object.create(Object.getPrototypeOf(original)), original, members);
}

/**
 * A member that is an object.
 *
 * @throws Error when it is not: the library is not of the version that is known here.
 */
export function memberOf(object: Compiled, name: string): Compiled {
  const member = object[name];
  if (typeof member !== 'object' || member === null) throw unknownVersion(name);
  return member as Compiled;
}

function unknownVersion(name: string): Error {
  return new Error(`scalus: expected version 0.17.0, whose objects have a member '${name}' of a known kind`);
}

function readLong(object: Compiled, [low, high]: Halves): bigint {
  const [lower, upper] = [object[low], object[high]];
  if (typeof lower !== 'number' || typeof upper !== 'number') throw unknownVersion(low);
  return (BigInt(upper) << 32n) | BigInt.asUintN(32, BigInt(lower));
}

/** The ledger's own numbers are larger; none that a network has ever had is. */
export class TooLarge extends RangeError {}

function long(value: bigint | number, [low, high]: Halves): Readonly<Record<string, number>> {
  const exact = BigInt(value);
  if (BigInt.asIntN(64, exact) !== exact) throw new TooLarge(`expected 64 bits, found ${exact}`);
  return { [low]: Number(BigInt.asIntN(32, exact)), [high]: Number(exact >> 32n) };
}

function fraction(original: Compiled, { numerator, denominator }: Rational): Compiled {
  return withMembers(original, {
    ...long(numerator, FRACTION.numerator),
    ...long(denominator, FRACTION.denominator),
  });
}

function units(original: Compiled, { memory, steps }: { memory: bigint; steps: bigint }): Compiled {
  return withMembers(original, { ...long(memory, UNITS.memory), ...long(steps, UNITS.steps) });
}

function vector(original: Compiled, values: readonly number[]): Compiled {
  const first = memberOf(original, VECTOR.first);
  const rows = memberOf(original, VECTOR.rows);
  const [element] = itemsOf(first);
  if (element === undefined) throw unknownVersion(ITEMS);
  const elements = values.map((value) => withMembers(element, long(value, ELEMENT)));
  const chunk = (from: number, to: number) => withMembers(first, { [ITEMS]: elements.slice(from, to) });
  const startOfLast = Math.floor((values.length - 1) / ROW) * ROW;
  const between = Array.from({ length: startOfLast / ROW - 1 }, (_, at) =>
    chunk((at + 1) * ROW, (at + 2) * ROW),
  );
  return withMembers(original, {
    [VECTOR.first]: chunk(0, ROW),
    [VECTOR.rows]: withMembers(rows, { [ITEMS]: between }),
    [VECTOR.last]: chunk(startOfLast, values.length),
    [VECTOR.length]: values.length,
    [VECTOR.lengthOfFirst]: ROW,
  });
}

function itemsOf(object: Compiled): readonly Compiled[] {
  const items = object[ITEMS];
  if (!Array.isArray(items)) throw unknownVersion(ITEMS);
  return items;
}

/** How many numbers a cost model may have to be written as the library holds one. */
export const COST_MODEL_LENGTHS = { least: 2 * ROW + 1, most: 34 * ROW } as const;

function costModels(original: Compiled, models: ProtocolParameters['costModels']): Compiled {
  const byLanguage = memberOf(original, MODELS.byLanguage);
  const { plutusV1, plutusV2, plutusV3 } = models;
  if (plutusV1 === undefined || plutusV2 === undefined || plutusV3 === undefined) {
    throw new RangeError('expected cost models of three languages');
  }
  const model = (name: string, values: readonly number[]) => ({
    [name]: vector(memberOf(byLanguage, name), values),
  });
  return withMembers(original, {
    [CACHED.value]: null,
    [CACHED.isKnown]: false,
    [MODELS.byLanguage]: withMembers(byLanguage, {
      ...model(MODELS.plutusV1, plutusV1),
      ...model(MODELS.plutusV2, plutusV2),
      ...model(MODELS.plutusV3, plutusV3),
    }),
  });
}

/**
 * Looks whether the library's own parameters lie where they are expected.
 *
 * @throws Error when they do not: the library is not of the version that is known here.
 */
export function assertKnown(own: Compiled): void {
  for (const [name, halves] of Object.entries(PARAMETERS)) {
    if (readLong(own, halves) !== OWN[name as keyof typeof OWN]) throw unknownVersion(halves[0]);
  }
  const most = memberOf(own, OBJECTS.maxTransactionExecutionUnits);
  const price = memberOf(memberOf(own, OBJECTS.prices), OBJECTS.priceMemory);
  const version = memberOf(own, OBJECTS.protocolVersion);
  const models = memberOf(memberOf(own, OBJECTS.costModels), MODELS.byLanguage);
  const isWhole =
    readLong(most, UNITS.memory) === 16_500_000n &&
    readLong(most, UNITS.steps) === 10_000_000_000n &&
    readLong(price, FRACTION.numerator) * 10_000n === readLong(price, FRACTION.denominator) * 577n &&
    version[VERSION.major] === 10 &&
    version[VERSION.minor] === 0 &&
    memberOf(models, MODELS.plutusV1)[VECTOR.length] === 166 &&
    memberOf(models, MODELS.plutusV2)[VECTOR.length] === 175 &&
    memberOf(models, MODELS.plutusV3)[VECTOR.length] === 297;
  if (!isWhole) throw unknownVersion(OBJECTS.maxTransactionExecutionUnits);
}

/** Parameters change by epoch; to write them for each transaction would cost more than to judge it. */
const written = new WeakMap<ProtocolParameters, Compiled>();

/** A network's parameters as the library holds its own; what limits a block stays the library's. */
export function compiledParameters(own: Compiled, parameters: ProtocolParameters): Compiled {
  const known = written.get(parameters);
  if (known !== undefined) return known;
  const { protocolVersion, referenceScriptCostPerByte } = parameters;
  const numbers = Object.entries(PARAMETERS).map(([name, halves]) =>
    name === 'referenceScriptCostPerByte'
      ? long(referenceScriptCostPerByte.numerator / referenceScriptCostPerByte.denominator, halves)
      : long(parameters[name as Exclude<keyof typeof PARAMETERS, 'referenceScriptCostPerByte'>], halves),
  );
  const prices = memberOf(own, OBJECTS.prices);
  const compiled = withMembers(own, {
    ...Object.assign({}, ...numbers),
    [OBJECTS.prices]: withMembers(prices, {
      [OBJECTS.priceMemory]: fraction(memberOf(prices, OBJECTS.priceMemory), parameters.priceMemory),
      [OBJECTS.priceSteps]: fraction(memberOf(prices, OBJECTS.priceSteps), parameters.priceSteps),
    }),
    [OBJECTS.maxTransactionExecutionUnits]: units(
      memberOf(own, OBJECTS.maxTransactionExecutionUnits),
      parameters.maxTransactionExecutionUnits,
    ),
    [OBJECTS.protocolVersion]: withMembers(memberOf(own, OBJECTS.protocolVersion), {
      [VERSION.major]: protocolVersion.major,
      [VERSION.minor]: protocolVersion.minor,
    }),
    [OBJECTS.costModels]: costModels(memberOf(own, OBJECTS.costModels), parameters.costModels),
  });
  written.set(parameters, compiled);
  return compiled;
}
