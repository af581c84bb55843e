import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { ConfirmationsKnown, RequestFacts } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';
import { MAX_CONFIRMATIONS, MEMPOOL } from '../facts/terms.js';

const DEFAULT_CONFIRMATIONS = 1;
const PATH = 'paymentRequirements.extra.confirmationPolicy';
const EXPECTED = 'exactly {"l1Confirmations": integer from -1 to 20}';

/** `undefined` for anything but the closed object that the scheme describes. */
function confirmationsOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const [key, confirmations] = entries[0] ?? [];
  if (entries.length !== 1 || key !== 'l1Confirmations' || !Number.isInteger(confirmations)) return undefined;
  return confirmations >= MEMPOOL && confirmations <= MAX_CONFIRMATIONS ? confirmations : undefined;
}

/** Shows the value too when there is just one field. */
function describe(given: unknown): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return quote(given);
  const [entry, ...more] = Object.entries(given);
  return entry === undefined || more.length > 0 ? quote(given) : `{${quote(entry[0])}: ${quote(entry[1])}}`;
}

export const confirmationPolicy = defineRule({
  name: 'the confirmation policy is absent or one that this deployment settles',
  codes: ['invalid_exact_cardano_requirements_policy'],
  source: 'scheme: "Confirmation policy"',
  check({ request, policy }: RequestFacts, refuse): Result<ConfirmationsKnown, Refusal> {
    const given = request.paymentRequirements.extra?.confirmationPolicy;
    if (given === undefined) return ok({ requiredConfirmations: DEFAULT_CONFIRMATIONS });
    const requiredConfirmations = confirmationsOf(given);
    if (requiredConfirmations === undefined) {
      return refuse(
        'invalid_exact_cardano_requirements_policy',
        `${PATH}: expected ${EXPECTED}, found ${describe(given)}`,
      );
    }
    if (requiredConfirmations === MEMPOOL && !policy.acceptMempool) {
      const settles = `this deployment settles l1Confirmations from 0 to ${MAX_CONFIRMATIONS}`;
      const message = `${PATH}.l1Confirmations: ${settles}, found ${MEMPOOL} (mempool acceptance)`;
      return refuse('invalid_exact_cardano_requirements_policy', message);
    }
    return ok({ requiredConfirmations });
  },
});
