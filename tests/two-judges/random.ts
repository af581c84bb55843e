/** Chance that can be repeated: the same seed makes the same choices. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A seed for chance of its own. */
  seed(): number {
    // Mulberry32: small, and even enough to pick from lists.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number {
    return least + (this.seed() % (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.seed() < probability * 2 ** 32;
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new RangeError('expected something to pick from');
    return item;
  }
}

/** The seed of one of many runs. */
export function seedOf(seed: number, run: number): number {
  return new Random((Math.imul(seed, 0x9e3779b1) ^ run) >>> 0).seed();
}
