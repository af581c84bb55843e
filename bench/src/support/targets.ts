/** One promise of the product, beside what this run found. */
export type Target = {
  readonly target: string;
  readonly wanted: string;
  readonly found: string;
  readonly isMet: boolean;
  /** Which limit prevents it, where it is not met and the benchmark can tell. */
  readonly limit?: string;
};

/** A target for a figure of which more is better. */
export function atLeast(target: string, wanted: number, found: number, unit = ''): Target {
  return { target, wanted: `≥ ${wanted}${unit}`, found: `${found}${unit}`, isMet: found >= wanted };
}

/** A target for a figure of which less is better. */
export function atMost(target: string, wanted: number, found: number, unit = ''): Target {
  return { target, wanted: `≤ ${wanted}${unit}`, found: `${found}${unit}`, isMet: found <= wanted };
}
