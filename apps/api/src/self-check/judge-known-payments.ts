import {
  ACCEPTED,
  err,
  type KnownPayment,
  ok,
  type Result,
  type Scheme,
  type SchemeRegistry,
} from '@x402-facilitator/cardano';
import type { ServedNetwork } from '../services/served-networks.js';

/** A network as the self-check needs it. */
export type CheckedNetwork = Pick<ServedNetwork, 'network' | 'policy' | 'scriptDeadlineMs' | 'verifierOn'>;

/** A payment with the scheme that knows its verdict. */
type Known = { readonly scheme: Scheme; readonly payment: KnownPayment };

/** The payments of every scheme whose verdict is known. */
export function knownPaymentsOn(
  { network, policy }: CheckedNetwork,
  schemes: SchemeRegistry,
  nowMs: number,
): readonly Known[] {
  return schemes.schemes.flatMap((scheme) =>
    scheme.knownPayments({ network, policy, nowMs }).map((payment) => ({ scheme, payment })),
  );
}

/**
 * Verifies payments through the verifier of `/verify`, each on its own facts, so that no provider is asked.
 *
 * @returns what was expected and found for the first one that got another verdict.
 */
export async function judgeKnownPayments(
  { verifierOn }: Pick<CheckedNetwork, 'verifierOn'>,
  payments: readonly Known[],
): Promise<Result<undefined, string>> {
  // All at once: behind a busy lane, the TTL of one that waits to be read would pass.
  const verdicts = await Promise.all(
    payments.map(async (known) => ({ ...known, found: await verdictOn(known.payment, verifierOn) })),
  );
  for (const { scheme, payment, found } of verdicts) {
    // Load is not a fault: these scripts had no turn, or not enough time.
    const { tooExpensive, unavailable } = scheme.codes.scripts;
    const isBusy = payment.runsScripts && (found.code === tooExpensive || found.code === unavailable);
    if (found.code !== payment.expected && !isBusy)
      return err(`${payment.name}: expected ${payment.expected}, found ${found.code}${found.message}`);
  }
  return ok(undefined);
}

async function verdictOn(
  { request, networkFacts, outputs }: KnownPayment,
  verifierOn: CheckedNetwork['verifierOn'],
): Promise<{ readonly code: string; readonly message: string }> {
  const verify = verifierOn({
    facts: { get: async () => networkFacts },
    readOutputs: async () => outputs,
    readAsset: async () => ({ status: 'missing' }),
    readFollowed: async () => ({ status: 'missing' }),
  });
  const { verdict } = await verify(request, { fresh: true });
  return verdict.ok
    ? { code: ACCEPTED, message: '' }
    : { code: verdict.error.code, message: ` (${verdict.error.message})` };
}
