import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, entryPoint, startStack } from '@x402-facilitator/tools/stack';
import { Command } from 'commander';
import { argumentsOf, readPositive } from '../arguments.js';
import { openPaymentSigner, type PreparedPayment } from '../payments/index.js';
import { rounded, startBareServer, table } from '../support/index.js';
import { WARM_UP_REQUESTS, warmUp } from '../verify/points.js';
import { compareWarm } from './compare-warm.js';
import { type CpuProfile, groupProfile } from './group-profile.js';
import { measureWarm, type WarmFigures } from './measure-warm.js';

const CONNECTIONS = 64;
const PAYMENTS = 300;

const { seconds, against, rounds } = new Command('npm run profile --')
  .description(
    'Profiles one API process under warm /verify at 64 connections, and prints as Markdown what a request costs and where the time of its threads goes.',
  )
  .option('--seconds <n>', 'how long', readPositive, 8)
  .option('--against <commit>', 'compare warm processes of this checkout and of a commit, both up at once')
  .option('--rounds <n>', 'with --against: how often both are loaded, in turn', readPositive, 6)
  .parse(argumentsOf(process), { from: 'user' })
  .opts<{ seconds: number; against?: string; rounds: number }>();
process.stdout.write(
  against === undefined
    ? await profileVerify(seconds * 1_000)
    : await compareWarm({ commit: against, rounds: Math.ceil(rounds), roundMs: (seconds * 1_000) / 4 }),
);

async function profileVerify(durationMs: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-profile-'));
  guardDirectory(directory);
  const stack = await startStack({ apis: 0, workers: 0, paywall: false, blockMs: 0 });
  try {
    const payments = (await openPaymentSigner(stack, { outputs: PAYMENTS })).sign(PAYMENTS);
    const url = `http://127.0.0.1:${await freePort()}`;
    const api = await startProcess({
      name: 'profiled API',
      command: process.execPath,
      args: ['--cpu-prof', `--cpu-prof-dir=${directory}`, entryPoint('api')],
      env: {
        ...baseEnvironment(),
        ...stack.settings,
        X402_SERVER__HOST: '127.0.0.1',
        X402_SERVER__PORT: new URL(url).port,
        X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '3600',
      },
      ready: { kind: 'http', url: `${url}/ready` },
    });
    const verify = await measureCpu(url, api.pid, payments, durationMs);
    await api.stop();
    const bare = await measureBare(payments, durationMs);
    const cpu = table(
      ['µs of CPU per request', 'the thread that serves requests', 'all threads'],
      [
        ['`/verify`', rounded(verify.servingMicros), rounded(verify.allMicros)],
        ['a bare route', rounded(bare.servingMicros), rounded(bare.allMicros)],
      ],
    );
    const tables = (await readProfiles(directory)).map(({ name, isServing, profile }) =>
      table(
        [name, '% of its work', ...(isServing ? ['µs'] : [])],
        groupProfile(profile).map(({ part, percent }) => [
          ...[part, percent],
          ...(isServing ? [rounded((percent * verify.servingMicros) / 100)] : []),
        ]),
      ),
    );
    return `${[`${Math.round(verify.perSecond)} verifications a second while being profiled`, cpu, ...tables].join('\n\n')}\n`;
  } finally {
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** What a warm request costs, in CPU time: it depends less than wall-clock time on what else the machine does. */
async function measureCpu(
  url: string,
  pid: number,
  payments: readonly PreparedPayment[],
  durationMs: number,
): Promise<WarmFigures> {
  await warmUp(url, payments, WARM_UP_REQUESTS);
  return measureWarm({ url, pid, payments, connections: CONNECTIONS, durationMs });
}

async function measureBare(payments: readonly PreparedPayment[], durationMs: number): Promise<WarmFigures> {
  const { url, process: server } = await startBareServer();
  try {
    return await measureCpu(url, server.pid, payments, durationMs);
  } finally {
    await server.stop();
  }
}

/** Node names a profile after its thread; thread 0 serves requests. */
async function readProfiles(
  directory: string,
): Promise<{ name: string; isServing: boolean; profile: CpuProfile }[]> {
  const files = (await readdir(directory)).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const isServing = file.split('.')[4] === '0';
      return {
        name: isServing ? 'the thread that serves requests' : 'a thread that runs scripts',
        isServing,
        profile: JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile,
      };
    }),
  );
}
