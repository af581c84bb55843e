import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectRedis, disconnectRedis, type RedisConnection } from '@x402-facilitator/journal';
import {
  findProgram,
  freePort,
  type ManagedProcess,
  type Place,
  startProcess,
  waitUntil,
} from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Environment } from '@x402-facilitator/tools/stack';

type RedisSettings = Parameters<typeof connectRedis>[0]['settings'];

/** A Redis server that keeps its configuration, data and port when it is started again. */
export type RedisNode = {
  readonly name: string;
  readonly port: number;
  readonly place: Place;
  readonly directory: string;
  /** The running process; the last one that ran when none does. */
  readonly process: ManagedProcess;
  /** For questions; it fails fast. */
  readonly admin: RedisConnection;
  start(): Promise<void>;
};

/** One Redis; or a primary, two replicas and the sentinels that choose the next primary. */
export type RedisGroup = {
  readonly nodes: readonly RedisNode[];
  /** Where each sentinel runs. */
  readonly sentinels: readonly Place[];
  readonly settings: RedisSettings;
  /** `chain.redis` as environment variables. */
  readonly environment: Environment;
  /** The node that the sentinels name. */
  primary(): Promise<RedisNode>;
  /** A planned fail-over: resolves when the sentinels name another primary, or have given it up. */
  failOver(): Promise<void>;
  /** Waits until every node runs, follows the one primary, and the sentinels could do without it. */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
};

const MASTER = 'payments';
/** Behind sentinels, as in production, nobody gets in without one. */
const PASSWORD = 'password of the group';
const SENTINEL_PASSWORD = 'password of the sentinels';
const QUORUM = 2;
export const DOWN_AFTER_MS = 1_000;
const WHOLE_TIMEOUT_MS = 240_000;

/**
 * Starts the group, each server with every write on its disk before it answers.
 *
 * @param options.placeOf where each process runs: `redis-1`, `sentinel-1`.
 * @param options.directoryOf where a node keeps its data; it exists.
 */
export async function startRedisGroup(options: {
  readonly kind: 'single' | 'sentinel';
  readonly directory: string;
  readonly placeOf: (name: string) => Promise<Place>;
  readonly directoryOf?: (name: string) => Promise<string>;
  /** Where each server and sentinel writes its log; nowhere by default. */
  readonly logDirectory?: string | undefined;
}): Promise<RedisGroup> {
  const { kind, directory, placeOf, logDirectory } = options;
  const logged = (name: string) =>
    logDirectory === undefined ? {} : { logFile: join(logDirectory, `${name}.log`) };
  const directoryOf =
    options.directoryOf ??
    (async (name) => {
      const at = join(directory, name);
      await mkdir(at, { recursive: true });
      return at;
    });
  const binary = await redisServer();
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    await Promise.all(stops.splice(0).map((end) => end()));
  };
  const connect = (settings: RedisSettings) => {
    const redis = connectRedis({ settings, role: 'producer', name: 'group', onError: () => undefined });
    stops.push(() => disconnectRedis(redis));
    return redis;
  };

  const passwords = kind === 'single' ? {} : { password: PASSWORD };
  const startNode = async (name: string, following: RedisNode | undefined): Promise<RedisNode> => {
    const [place, data, port] = await Promise.all([placeOf(name), directoryOf(name), freePort()]);
    const file = join(data, 'redis.conf');
    const lines = [
      `port ${port}`,
      `bind ${place.host}`,
      // Only this machine and its namespaces reach it.
      'protected-mode no',
      `dir ${data}`,
      'save ""',
      'appendonly yes',
      'appendfsync always',
      'maxmemory-policy noeviction',
      'repl-diskless-sync-delay 0',
      // A cut that lasts must be noticed within the run.
      'repl-timeout 5',
      'repl-ping-replica-period 1',
      ...(kind === 'single' ? [] : [`requirepass "${PASSWORD}"`, `masterauth "${PASSWORD}"`]),
      ...(following === undefined ? [] : [`replicaof ${following.place.host} ${following.port}`]),
    ];
    // Sentinels let it note whom it follows, so that it is a replica again after a restart.
    await writeFile(file, lines.join('\n'));
    const launch = () =>
      startProcess({
        name,
        command: binary,
        args: [file],
        place,
        ...logged(name),
        ready: { kind: 'line', matches: (line) => line.includes('Ready to accept connections') },
      });
    let running = await launch();
    stops.push(() => running.stop(5_000));
    const admin = connect({ host: place.host, port, ...passwords });
    return {
      name,
      port,
      place,
      directory: data,
      admin,
      get process() {
        return running;
      },
      async start() {
        running = await launch();
      },
    };
  };

  try {
    const first = await startNode('redis-1', undefined);
    if (kind === 'single') {
      const settings = { host: first.place.host, port: first.port };
      return {
        nodes: [first],
        sentinels: [],
        settings,
        environment: {
          X402_CHAIN__REDIS__HOST: settings.host,
          X402_CHAIN__REDIS__PORT: String(settings.port),
        },
        primary: async () => first,
        failOver: async () => undefined,
        untilWhole: () => untilAnswers(first),
        stop,
      };
    }

    const nodes = [
      first,
      ...(await Promise.all(['redis-2', 'redis-3'].map((name) => startNode(name, first)))),
    ];
    const sentinels = await Promise.all(
      ['sentinel-1', 'sentinel-2', 'sentinel-3'].map(async (name) => {
        const [place, port] = await Promise.all([placeOf(name), freePort()]);
        const file = join(directory, `${name}.conf`);
        await writeFile(
          file,
          [
            `port ${port}`,
            `bind ${place.host}`,
            'protected-mode no',
            `dir ${directory}`,
            `requirepass "${SENTINEL_PASSWORD}"`,
            `sentinel sentinel-pass "${SENTINEL_PASSWORD}"`,
            `sentinel monitor ${MASTER} ${first.place.host} ${first.port} ${QUORUM}`,
            `sentinel auth-pass ${MASTER} "${PASSWORD}"`,
            `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
            `sentinel failover-timeout ${MASTER} 3000`,
          ].join('\n'),
        );
        const server = await startProcess({
          name,
          command: binary,
          args: [file, '--sentinel'],
          place,
          ...logged(name),
          ready: { kind: 'line', matches: (line) => line.includes('+monitor') },
        });
        stops.push(() => server.stop(5_000));
        const admin = connect({ host: place.host, port, password: SENTINEL_PASSWORD });
        return { place, host: place.host, port, admin };
      }),
    );
    const named = async (sentinel: RedisConnection): Promise<RedisNode | undefined> => {
      const answer = await sentinel
        .call('SENTINEL', 'get-master-addr-by-name', MASTER)
        .catch(() => undefined);
      const [host, port] = Array.isArray(answer) ? (answer as string[]) : [];
      return nodes.find((node) => node.place.host === host && String(node.port) === port);
    };
    const primary = () =>
      waitUntil(
        async () => {
          const votes = await Promise.all(sentinels.map(({ admin }) => named(admin)));
          return nodes.find((node) => votes.filter((vote) => vote === node).length >= QUORUM);
        },
        { what: 'the sentinels to name a primary', timeoutMs: WHOLE_TIMEOUT_MS },
      );
    const isWhole = async () => {
      const votes = await Promise.all(sentinels.map(({ admin }) => named(admin)));
      const [chosen] = votes;
      if (chosen === undefined || votes.some((vote) => vote !== chosen)) return false;
      const info = await chosen.admin.info('replication');
      const following = [...info.matchAll(/^slave\d+:.*,state=online,.*,lag=[01]\b/gm)];
      if (!info.includes('role:master') || following.length < nodes.length - 1) return false;
      const known = await Promise.all(
        sentinels.map(async ({ admin }) => {
          const quorum = String(await admin.call('SENTINEL', 'CKQUORUM', MASTER));
          const replicas = (await admin.call('SENTINEL', 'REPLICAS', MASTER)) as string[][];
          const able = replicas.filter(
            (fields) => !/down|disconnected/.test(String(fields[fields.indexOf('flags') + 1])),
          );
          return quorum.includes(`${sentinels.length} usable`) && able.length === nodes.length - 1;
        }),
      );
      return known.every((able) => able);
    };
    const untilWhole = async () => {
      await waitUntil(isWhole, {
        what: 'the primary, its replicas and the sentinels to be whole',
        timeoutMs: WHOLE_TIMEOUT_MS,
        everyMs: 200,
      });
    };
    await untilWhole();
    const addresses = sentinels.map(({ host, port }) => ({ host, port }));
    return {
      nodes,
      sentinels: sentinels.map(({ place }) => place),
      settings: {
        host: first.place.host,
        port: first.port,
        password: PASSWORD,
        sentinels: addresses,
        sentinelMaster: MASTER,
        sentinelPassword: SENTINEL_PASSWORD,
      },
      environment: {
        X402_CHAIN__REDIS__PASSWORD: PASSWORD,
        X402_CHAIN__REDIS__SENTINEL_PASSWORD: SENTINEL_PASSWORD,
        X402_CHAIN__REDIS__SENTINELS: JSON.stringify(addresses),
        X402_CHAIN__REDIS__SENTINEL_MASTER: MASTER,
        X402_CHAIN__REDIS__DURABILITY__REPLICAS: String(nodes.length - 1),
      },
      primary,
      async failOver() {
        const before = await primary();
        const [sentinel] = sentinels;
        await sentinel?.admin.call('SENTINEL', 'FAILOVER', MASTER);
        await waitUntil(async () => (await primary()) !== before, {
          what: 'another primary',
        }).catch(() => undefined);
      },
      untilWhole,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilAnswers({ admin }: RedisNode): Promise<void> {
  await waitUntil(async () => (await admin.ping()) === 'PONG', {
    what: 'Redis to answer',
    timeoutMs: WHOLE_TIMEOUT_MS,
  });
}

async function redisServer(): Promise<string> {
  const find = () => findProgram(['redis-server', 'valkey-server']);
  const found = await find();
  if (found !== undefined) return found;
  // It installs one where it can.
  const installed = await startRedis({ exclusive: true });
  await installed.stop();
  const binary = await find();
  if (binary === undefined) throw new Error('expected redis-server on PATH');
  return binary;
}
