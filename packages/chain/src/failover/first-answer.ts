import { ChainProviderError } from '../provider.js';

export type FirstAnswerOptions = {
  /** Ask the next one when there is no answer after this long; unset: only when there is an error. */
  readonly hedgeAfterMs?: number | undefined;
};

/**
 * Asks one after the other until one answers; with `hedgeAfterMs`, the next is asked beside one that is slow. That one
 * of them knows of no such thing is the answer only when nobody is still being asked: an index that is behind answers
 * "not found" fastest of all.
 *
 * @throws ChainProviderError when nobody answered, with what each of them said.
 */
export function firstAnswer<T>(
  asks: readonly (() => Promise<T>)[],
  { hedgeAfterMs }: FirstAnswerOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const errors: ChainProviderError[] = [];
    let next = 0;
    let asked = 0;
    let absence: { readonly value: T } | undefined;
    let hedge: NodeJS.Timeout | undefined;

    const finish = (end: () => void) => {
      clearTimeout(hedge);
      next = asks.length;
      end();
    };
    const conclude = () => {
      const found = absence;
      if (found !== undefined) return finish(() => resolve(found.value));
      finish(() => reject(together(errors)));
    };
    const start = () => {
      clearTimeout(hedge);
      const ask = asks[next];
      next += 1;
      if (ask === undefined) return;
      asked += 1;
      if (hedgeAfterMs !== undefined && next < asks.length) hedge = setTimeout(start, hedgeAfterMs);
      ask().then(
        (value) => {
          asked -= 1;
          if (value !== undefined) return finish(() => resolve(value));
          absence = { value };
          if (asked === 0) conclude();
        },
        (error: unknown) => {
          asked -= 1;
          if (!(error instanceof ChainProviderError)) return finish(() => reject(error));
          errors.push(error);
          if (next < asks.length && absence === undefined) start();
          else if (asked === 0) conclude();
        },
      );
    };
    start();
  });
}

/** One error for all: the only one there is, or a new one that says what each said. */
export function together(errors: readonly ChainProviderError[]): ChainProviderError {
  const [first, ...others] = errors;
  if (first === undefined)
    return new ChainProviderError('no chain provider can be used now', {
      provider: 'none',
      operation: 'any',
    });
  if (others.length === 0) return first;
  const waits = errors.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return new ChainProviderError(errors.map(({ message }) => message).join('; '), {
    provider: first.provider,
    operation: first.operation,
    ...(first.status === undefined ? {} : { status: first.status }),
    ...(first.outcome === undefined ? {} : { outcome: first.outcome }),
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
    cause: errors,
  });
}
