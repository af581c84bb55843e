import { ok } from '../answer.js';
import { get, type Route } from '../route.js';

const VERSION = '0.1.0';

export const rootRoutes: readonly Route[] = [
  get('/', () => ok({ url: 'https://blockfrost.io/', version: VERSION })),
  get('/health', () => ok({ is_healthy: true })),
  get('/health/clock', ({ ledger }) => ok({ server_time: ledger.nowMs() })),
];
