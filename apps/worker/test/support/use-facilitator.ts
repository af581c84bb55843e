import { afterEach } from 'vitest';
import { type Facilitator, startFacilitator } from './facilitator.js';
import { createPayer, type Payer } from './payments.js';

type Options = NonNullable<Parameters<typeof startFacilitator>[0]> & {
  /** Outputs of the payer, and so the number of payments that do not conflict. */
  readonly outputs?: number;
};

/** Opens a facilitator and a payer per test; both are closed when the test ends, even if it fails. */
export function useFacilitator(): (
  options?: Options,
) => Promise<{ readonly here: Facilitator; readonly payer: Payer }> {
  const opened: Facilitator[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((facilitator) => facilitator.close()));
  });
  return async ({ outputs = 5, ...options } = {}) => {
    const here = await startFacilitator(options);
    opened.push(here);
    return { here, payer: await createPayer(here.devnet, outputs) };
  };
}
