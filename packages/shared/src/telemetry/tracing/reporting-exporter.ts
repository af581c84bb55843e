import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { DeliveryNotice } from '../delivery-notice.js';

/** OpenTelemetry's `ExportResultCode.SUCCESS`. */
const DELIVERED = 0;

/** An exporter that reports how each delivery ended. OpenTelemetry does not. */
export function reportingExporter(exporter: SpanExporter, notice: DeliveryNotice): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        notice(result.code === DELIVERED ? undefined : (result.error ?? new Error('no answer')));
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
