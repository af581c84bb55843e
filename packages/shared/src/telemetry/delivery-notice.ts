import type { Logger } from './create-logger.js';

/** Told of each delivery; `undefined` when it arrived, else why it did not. */
export type DeliveryNotice = (failure: unknown) => void;

/**
 * Says in the log when something stops arriving and when it arrives again, once each: an outage of whoever receives it
 * must not flood the log as well.
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
