import type { Incident } from '../run-incident.js';
import { deepRollback, providerOutage } from './chain.js';
import { stolenKey, walletEmpty } from './people.js';
import { badDeploy, stuckValidator } from './processes.js';
import { redisFull, redisLost } from './redis.js';

/** In the order of the table in docs/operations/incidents.md. */
export const INCIDENTS: readonly Incident[] = [
  providerOutage,
  redisFull,
  redisLost,
  walletEmpty,
  stuckValidator,
  badDeploy,
  stolenKey,
  deepRollback,
];
