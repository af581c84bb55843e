import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../create-logger.js';

/** OpenTelemetry's `ExportResultCode.SUCCESS`. */
const DELIVERED = 0;

/**
 * An exporter that says when traces stop arriving and when they arrive again, once each: what cannot be delivered is
 * dropped, and no payment and no log suffers for it.
 */
export function reportingExporter(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== DELIVERED;
        if (hasFailed && !isFailing)
          logger.warn({ error: result.error }, 'traces cannot be delivered and are dropped');
        if (!hasFailed && isFailing) logger.info('traces are delivered again');
        isFailing = hasFailed;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
