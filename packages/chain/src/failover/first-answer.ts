import { ChainProviderError } from '../provider/index.js';

/**
 * Asks one after the other until one answers. With `hedgeAfterMs`, the next is asked as well when one is slow. "Not found"
 * counts only when no other is still being asked: an index that is behind says it fastest of all.
 *
 * @throws ChainProviderError when none answered, with what each of them said.
 */
export function firstAnswer<T>(
  asks: readonly (() => Promise<T>)[],
  hedgeAfterMs: number | undefined,
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
      finish(() => reject(oneErrorOf(errors)));
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

/** One error for all: the only one, or a new one that says what each said. */
export function oneErrorOf(errors: readonly ChainProviderError[]): ChainProviderError {
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
    status: first.status,
    outcome: first.outcome,
    retryAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
    cause: errors,
  });
}
