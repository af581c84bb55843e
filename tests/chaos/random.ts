/** Random numbers that a seed repeats. */
export type Random = {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** Another sequence, which does not depend on how often this one was used. */
  fork(name: string): Random;
};

/** Mulberry32: small, fast, and the same on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Random = {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError('expected something to pick from, found nothing');
      return item;
    },
    shuffle(items) {
      const shuffled = [...items];
      // Repeatedly takes one of those that were not taken yet.
      for (let left = shuffled.length; left > 0; left -= 1) {
        const other = random.between(0, left - 1);
        const [moved] = shuffled.splice(other, 1);
        if (moved !== undefined) shuffled.push(moved);
      }
      return shuffled;
    },
    fork(name) {
      const hash = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
      return createRandom(seed ^ hash);
    },
  };
  return random;
}
