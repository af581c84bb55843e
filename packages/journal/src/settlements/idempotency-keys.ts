import { createHash } from 'node:crypto';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered } from '../redis/index.js';

/** A caller's name for one of its operations. */
export type IdempotencyKey = {
  /** Two callers may use one name for different operations. */
  readonly caller: string;
  readonly key: string;
};

/** The payment that an operation settles. */
export type SettledPayment = {
  readonly network: Network;
  readonly txHash: TxHash;
  /** Of its settlement. */
  readonly binding: string;
};

/**
 * Which payment each caller's idempotency keys stand for.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface IdempotencyKeys {
  /**
   * Gives the key to a payment unless another has it.
   *
   * @param untilMs until when the key stands for it, POSIX milliseconds. The first use decides.
   * @returns `taken` when another payment has it; `kept` when this one has it already.
   */
  take(key: IdempotencyKey, payment: SettledPayment, untilMs: number): Promise<'new' | 'kept' | 'taken'>;
  /** Gives a new key back: its payment was not accepted. */
  giveBack(key: IdempotencyKey): Promise<void>;
}

export function createIdempotencyKeys({ redis }: { readonly redis: Redis }): IdempotencyKeys {
  return {
    async take(key, { network, txHash, binding }, untilMs) {
      const name = nameOf(key);
      const payment = `${network} ${txHash} ${binding}`;
      const isNew = await answered(() => redis.set(name, payment, 'PXAT', Math.ceil(untilMs), 'NX'));
      if (isNew !== null) return 'new';
      const taken = await answered(() => redis.get(name));
      // It may have expired in between: then it stands for nothing any more.
      return taken === null || taken === payment ? 'kept' : 'taken';
    },

    async giveBack(key) {
      await answered(() => redis.del(nameOf(key)));
    },
  };
}

/** A key may be long, and may be a secret: its digest is enough to compare. */
function nameOf({ caller, key }: IdempotencyKey): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([caller, key]))
    .digest('hex');
  return `{x402}:journal:idempotency:${digest}`;
}
