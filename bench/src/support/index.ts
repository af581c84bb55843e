export { drawChart } from './chart.js';
export { type Circumstances, readCircumstances } from './circumstances.js';
export { askDevnet, readProviderCalls } from './devnet.js';
export { table } from './markdown.js';
export { type JournalAccess, openJournal, type SubmissionTimes } from './open-journal.js';
export {
  type Busyness,
  coresOf,
  type ProcessUsage,
  processesOf,
  usageOf,
  watchBusyness,
} from './processes.js';
export { type EventLoopDelay, scrape, scrapeEventLoopDelay } from './scrape.js';
export {
  type Latency,
  latencyOf,
  meanOf,
  medianBy,
  type Point,
  percentile,
  rounded,
  slopeOf,
} from './statistics.js';
export { atLeast, atMost, type Target } from './targets.js';
export { WORKER_HEAP_LIMIT } from './worker-memory.js';
