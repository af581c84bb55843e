import { type Installation, type InstallOptions, installPackage } from '../debian/index.js';
import { SERVERS } from './find-redis-server.js';

/** Installs a Redis binary by apt-get or brew, unless `REDIS_INSTALL=never` forbids it. Never throws. */
export function installRedis(options: InstallOptions): Promise<Installation> {
  return installPackage(
    {
      programs: SERVERS,
      apt: 'redis-server',
      brew: 'redis',
      services: ['redis-server'],
      forbiddenBy: 'REDIS_INSTALL',
    },
    options,
  );
}
