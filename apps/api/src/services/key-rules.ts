import type { Accepted, Network, Refusal } from '@x402-facilitator/cardano';
import type { KeyRefusal, KeyUsage, QuotaReached } from '@x402-facilitator/journal';
import type { KeyMetrics } from '@x402-facilitator/shared/telemetry';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';
import type { CallerKey } from '../keys/index.js';

/** A key has used up a quota: not a verdict on the payment. */
export class QuotaReachedError extends Error {
  override readonly name = 'QuotaReachedError';
  readonly quota: QuotaReached;

  constructor(quota: QuotaReached) {
    const { what, period, asset, limit, used, endsAtMs } = quota;
    const of = asset === undefined ? what : `${what} in ${asset}`;
    super(
      `expected at most ${limit} ${of} of this key per ${period}, found ${used} used; the next ${period} begins at ${new Date(endsAtMs).toISOString()}`,
    );
    this.quota = quota;
  }
}

/** The key was revoked since its caller was let in. */
export class KeyRevokedError extends Error {
  override readonly name = 'KeyRevokedError';

  constructor() {
    super('the key was revoked');
  }
}

/** What the keys of callers may do, and what that costs their quotas. */
export type KeyRules = {
  /**
   * Counts a verification.
   *
   * @throws QuotaReachedError, KeyRevokedError, and JournalUnavailableError when Redis does not answer.
   */
  countVerification(network: Network, key: CallerKey | undefined): Promise<void>;
  /** Why a key may not settle what every rule accepts. */
  refusalOf(accepted: Accepted, request: PaymentRequestBody, key: CallerKey | undefined): Refusal | undefined;
  /** @throws QuotaReachedError, KeyRevokedError */
  refuseClaim(refusal: KeyRefusal): never;
};

export function createKeyRules({
  usage,
  metrics,
}: {
  /** Unset: no usage is counted. */
  readonly usage: Pick<KeyUsage, 'countVerification'> | undefined;
  readonly metrics: KeyMetrics;
}): KeyRules {
  const refuseClaim = (refusal: KeyRefusal): never => {
    if (refusal.kind === 'key-revoked') {
      metrics.refused('revoked');
      throw new KeyRevokedError();
    }
    metrics.refused(refusal.quota.what);
    throw new QuotaReachedError(refusal.quota);
  };
  return {
    refuseClaim,
    async countVerification(network, key) {
      if (usage === undefined || key === undefined) return;
      const counted = await usage.countVerification(network, key.name);
      if (!counted.ok) refuseClaim(counted.error);
    },
    refusalOf(accepted, { paymentRequirements }, key) {
      const allowed = key?.settings?.allowed;
      if (allowed === undefined) return undefined;
      const { network, payer } = accepted;
      const { asset, payTo } = accepted.kind === 'commitment' ? paymentRequirements : accepted;
      const refused = (what: 'network' | 'asset' | 'pay_to', found: unknown): Refusal => {
        metrics.refused(what);
        const message = `expected a payment that this key may settle, found another ${WORDS[what]}: ${String(found)}`;
        return { code: `key_${what}_not_allowed`, message, payer };
      };
      if (allowed.networks?.includes(network) === false) return refused('network', network);
      if (allowed.assets?.includes(String(asset)) === false) return refused('asset', asset);
      if (allowed.payTos?.includes(String(payTo).toLowerCase()) === false) return refused('pay_to', payTo);
      return undefined;
    },
  };
}

const WORDS = { network: 'network', asset: 'asset', pay_to: 'payTo' } as const;
