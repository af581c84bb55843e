import { findProgram } from '../debian/index.js';

/** What a server may be called: Valkey speaks the same protocol. */
export const SERVERS = ['redis-server', 'valkey-server'] as const;

/** The path of a `redis-server` or `valkey-server`, on PATH first; undefined when there is none. */
export function findRedisServer(
  env: NodeJS.ProcessEnv,
  usualPlaces?: readonly string[],
): Promise<string | undefined> {
  return findProgram(SERVERS, env, usualPlaces);
}
