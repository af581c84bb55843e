export { withCallSpans } from './call-spans.js';
export {
  currentPosition,
  formatTraceparent,
  parseTraceparent,
  runAt,
  type TracePosition,
  traceFields,
  traceFieldsOf,
} from './trace-position.js';
export type { OpenSpan, SpanAttributes, SpanOptions, Tracing } from './tracing.js';
