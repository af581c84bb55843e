export {
  createWorkerPresence,
  HEARTBEAT_TTL_MS,
  type WorkerHeartbeat,
  type WorkerPresence,
} from './worker-presence.js';
