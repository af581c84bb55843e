export { type Circumstances, readCircumstances } from './circumstances.js';
export { askDevnet, type DevnetAddress, readProviderCalls } from './devnet.js';
export {
  type EventLoopDelay,
  listen,
  processesOf,
  scrapeEventLoopDelay,
  startBareServer,
  WORKER_HEAP_LIMIT,
} from './processes.js';
export {
  atLeast,
  atMost,
  type Latency,
  latencyOf,
  meanOf,
  medianBy,
  percentile,
  rounded,
  slopeOf,
  sum,
  type Target,
} from './statistics.js';
export { barChart, drawChart, LATENCY_COLUMNS, latencyCells, table } from './tables.js';
export { type Busyness, coresOf, usageOf, watchBusyness } from './usage.js';
