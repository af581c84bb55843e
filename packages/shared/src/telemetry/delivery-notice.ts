import type { Logger } from './create-logger.js';

/** Called for each delivery: with `undefined` when it arrived, else with the reason why not. */
export type DeliveryNotice = (failure: unknown) => void;

/**
 * Logs once when deliveries begin to fail and once when they succeed again: an outage of the receiver must not flood the
 * log.
 *
 * @param what in the plural: `traces`.
 */
export function createDeliveryNotice(what: string, logger: Logger): DeliveryNotice {
  let isFailing = false;
  return (failure) => {
    const hasFailed = failure !== undefined;
    if (hasFailed && !isFailing)
      logger.warn({ error: failure }, `${what} cannot be delivered and are dropped`);
    if (!hasFailed && isFailing) logger.info(`${what} are delivered again`);
    isFailing = hasFailed;
  };
}
