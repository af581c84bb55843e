export { withCallSpans } from './call-spans.js';
export {
  formatTraceparent,
  parseTraceparent,
  runAt,
  type TracePosition,
  traceFields,
  traceFieldsOf,
} from './trace-position.js';
export type { OpenSpan, Tracing } from './tracing.js';
