import type { UnreadableSettlement } from '@x402-facilitator/journal';
import type { Logger } from './create-logger.js';

/** Says that a settlement record is set aside. The journal tells of each once. */
export function logUnreadable(logger: Pick<Logger, 'error'>): (record: UnreadableSettlement) => void {
  return ({ txHash, network, schemaVersion, reason }) =>
    logger.error(
      { transaction: txHash, network, metadata: { schemaVersion, reason } },
      'a settlement record cannot be read: it is set aside and left as it is',
    );
}
