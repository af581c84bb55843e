/** A cost for the sizes of up to four arguments. */
export type CostFunction = (x: number, y: number, z: number, u: number) => number;

/** A form of cost, to be filled with a cost model's parameters. */
export type CostShape = {
  /** How many parameters it takes, in the cost model's order. */
  readonly parameters: number;
  /** The arguments, by their place, whose size it looks at. */
  readonly needs: readonly number[];
  readonly build: (parameters: readonly number[]) => CostFunction;
};

/** The parameter at a place. A cost model that is too short makes what it does not price unaffordable, as the ledger does. */
const UNAFFORDABLE = 2 ** 63;

function shape(
  parameters: number,
  needs: readonly number[],
  at: (p: (index: number) => number) => CostFunction,
): CostShape {
  return { parameters, needs, build: (given) => at((index) => given[index] ?? UNAFFORDABLE) };
}

function linear(needs: readonly number[], size: CostFunction): CostShape {
  return shape(2, needs, (p) => {
    const [intercept, slope] = [p(0), p(1)];
    return (x, y, z, u) => intercept + slope * size(x, y, z, u);
  });
}

export const CONSTANT = shape(1, [], (p) => {
  const cost = p(0);
  return () => cost;
});

export const LINEAR_IN_X = linear([0], (x) => x);
export const LINEAR_IN_Y = linear([1], (_x, y) => y);
export const LINEAR_IN_Z = linear([2], (_x, _y, z) => z);
export const LINEAR_IN_U = linear([3], (_x, _y, _z, u) => u);
export const ADDED_SIZES = linear([0, 1], (x, y) => x + y);
export const MULTIPLIED_SIZES = linear([0, 1], (x, y) => x * y);
export const MIN_SIZE = linear([0, 1], (x, y) => Math.min(x, y));
export const MAX_SIZE = linear([0, 1], (x, y) => Math.max(x, y));
export const LINEAR_IN_MAX_YZ = linear([1, 2], (_x, y, z) => Math.max(y, z));
/** The size that is asked for, or what a number takes when none is. */
export const LITERAL_IN_Y_OR_LINEAR_IN_Z = shape(2, [1, 2], (p) => {
  const [intercept, slope] = [p(0), p(1)];
  return (_x, y, z) => (y === 0 ? intercept + slope * z : y);
});

export const SUBTRACTED_SIZES = shape(3, [0, 1], (p) => {
  const [intercept, minimum, slope] = [p(0), p(1), p(2)];
  return (x, y) => intercept + slope * Math.max(minimum, x - y);
});

/** As `LINEAR_IN_Y`, with the parameters of `SUBTRACTED_SIZES`, whose minimum it does not look at. */
export const LINEAR_IN_Y_OF_THREE = shape(3, [1], (p) => {
  const [intercept, slope] = [p(0), p(2)];
  return (_x, y) => intercept + slope * y;
});

export const LINEAR_ON_DIAGONAL = shape(3, [0, 1], (p) => {
  const [constant, intercept, slope] = [p(0), p(1), p(2)];
  return (x, y) => (x === y ? intercept + slope * x : constant);
});

export const LINEAR_IN_Y_AND_Z = shape(3, [1, 2], (p) => {
  const [intercept, slope1, slope2] = [p(0), p(1), p(2)];
  return (_x, y, z) => intercept + slope1 * y + slope2 * z;
});

const LINEAR_IN_X_AND_Y = shape(3, [0, 1], (p) => {
  const [intercept, slope1, slope2] = [p(0), p(1), p(2)];
  return (x, y) => intercept + slope1 * x + slope2 * y;
});

function quadratic(needs: readonly number[], size: CostFunction): CostShape {
  return shape(3, needs, (p) => {
    const [c0, c1, c2] = [p(0), p(1), p(2)];
    return (x, y, z, u) => {
      const n = size(x, y, z, u);
      return c0 + c1 * n + c2 * n * n;
    };
  });
}

export const QUADRATIC_IN_X = quadratic([0], (x) => x);
export const QUADRATIC_IN_Y = quadratic([1], (_x, y) => y);
export const QUADRATIC_IN_Z = quadratic([2], (_x, _y, z) => z);

const QUADRATIC_IN_X_AND_Y = shape(7, [0, 1], (p) => {
  const [c00, c01, c02, c10, c11, c20, minimum] = [p(0), p(1), p(2), p(3), p(4), p(5), p(6)];
  return (x, y) => Math.max(minimum, c00 + c10 * x + c01 * y + c20 * x * x + c11 * x * y + c02 * y * y);
});

export const WITH_INTERACTION = shape(4, [0, 1], (p) => {
  const [c00, c10, c01, c11] = [p(0), p(1), p(2), p(3)];
  return (x, y) => c00 + c10 * x + c01 * y + c11 * x * y;
});

export const EXP_MOD = shape(3, [0, 1, 2], (p) => {
  const [c00, c11, c12] = [p(0), p(1), p(2)];
  return (base, exponent, modulus) => {
    const cost = c00 + c11 * exponent * modulus + c12 * exponent * modulus * modulus;
    return base <= modulus ? cost : cost + Math.floor(cost / 2);
  };
});

/** A constant where the first argument is the smaller one. */
function constantAboveDiagonal(inner: CostShape): CostShape {
  return shape(1 + inner.parameters, [0, 1], (p) => {
    const constant = p(0);
    const below = inner.build(Array.from({ length: inner.parameters }, (_, at) => p(at + 1)));
    return (x, y, z, u) => (x < y ? constant : below(x, y, z, u));
  });
}

/** The same whichever argument is the smaller one; the constant is there and not used. */
function aboveAndBelowDiagonal(inner: CostShape): CostShape {
  return shape(1 + inner.parameters, [0, 1], (p) => {
    const cost = inner.build(Array.from({ length: inner.parameters }, (_, at) => p(at + 1)));
    return (x, y, z, u) => cost(Math.max(x, y), Math.min(x, y), z, u);
  });
}

/** How the four divisions cost, by language and protocol version. */
export const DIVISION = {
  older: constantAboveDiagonal(MULTIPLIED_SIZES),
  newer: constantAboveDiagonal(QUADRATIC_IN_X_AND_Y),
  olderOnBothSides: aboveAndBelowDiagonal(MULTIPLIED_SIZES),
  newerOnBothSides: aboveAndBelowDiagonal(QUADRATIC_IN_X_AND_Y),
} as const;

export const CONTAINMENT = constantAboveDiagonal(LINEAR_IN_X_AND_Y);
