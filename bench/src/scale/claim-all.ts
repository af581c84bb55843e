import { LOVELACE, outRefKey, slot } from '@x402-facilitator/cardano';
import type { Stack } from '@x402-facilitator/tools/stack';
import { PRICE_LOVELACE, type PreparedPayment } from '../payments/index.js';
import type { JournalAccess } from '../support/index.js';

const AT_A_TIME = 100;

/** Takes payments on as `/settle` would have, without its verdict: here the workers are measured. */
export async function claimAll(
  { network, payTo }: Stack,
  { journal, queue }: JournalAccess,
  payer: string,
  payments: readonly PreparedPayment[],
): Promise<void> {
  for (let at = 0; at < payments.length; at += AT_A_TIME) {
    await Promise.all(
      payments.slice(at, at + AT_A_TIME).map(async ({ transaction, source, bytes, ttl }) => {
        await journal.claim({
          ...{
            network,
            txHash: transaction,
            method: 'default',
            payer,
            payTo,
            asset: LOVELACE,
            amount: PRICE_LOVELACE,
          },
          binding: 'bench',
          requiredConfirmations: 1,
          inputs: [outRefKey(source)],
          ttl: slot(ttl),
          expiresAtMs: Date.now() + 3_000_000,
          signedTransaction: bytes,
          hasScripts: false,
        });
        await queue.enqueue({ network, txHash: transaction });
      }),
    );
  }
}
