export { HEARTBEAT_TTL_MS, type WorkerHeartbeat } from './heartbeat.js';
export { createWorkerPresence, type WorkerPresence } from './worker-presence.js';
