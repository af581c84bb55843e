export { findProgram } from './find-program.js';
export { freePort, onFreePort } from './free-port.js';
export { guardCommand, guardDirectory } from './guard.js';
export type { Output, OutputListener, OutputStream } from './output.js';
export { LOOPBACK, type Place } from './place.js';
export type { Readiness } from './readiness.js';
export {
  type ManagedProcess,
  type ProcessExit,
  type ProcessOptions,
  ProcessStartError,
  startProcess,
} from './start-process.js';
export { type WaitOptions, waitUntil } from './wait-until.js';
