export { type Circumstances, readCircumstances } from './circumstances.js';
export { askDevnet, type DevnetAddress, readProviderCalls } from './devnet.js';
export {
  type Busyness,
  coresOf,
  type EventLoopDelay,
  listen,
  processesOf,
  scrapeEventLoopDelay,
  startBareServer,
  usageOf,
  WORKER_HEAP_LIMIT,
  watchBusyness,
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
