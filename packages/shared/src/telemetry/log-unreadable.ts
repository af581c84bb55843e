import type { UnreadableSettlement } from '@x402-facilitator/journal';
import type { Logger } from './create-logger.js';
import type { ErrorReporter } from './reports/error-reporter.js';

/** Logs that a settlement record is set aside. The journal reports each record once. */
export function logUnreadable(
  logger: Pick<Logger, 'error'>,
  errors?: ErrorReporter,
): (record: UnreadableSettlement) => void {
  return ({ txHash: transaction, network, schemaVersion, reason }) => {
    const what = 'a settlement record cannot be read: it is set aside and left as it is';
    logger.error({ transaction, network, metadata: { schemaVersion, reason } }, what);
    errors?.report({ what, tags: { network, transaction } });
  };
}
