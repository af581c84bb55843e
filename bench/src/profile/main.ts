import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, entryPoint, startStack } from '@x402-facilitator/tools/stack';
import { Command } from 'commander';
import { argumentsOf, readPositive } from '../arguments.js';
import { postPayments } from '../load/index.js';
import { openPaymentSigner } from '../payments/index.js';
import { table } from '../support/index.js';
import { type CpuProfile, groupProfile } from './group-profile.js';

const CONNECTIONS = 64;
const PAYMENTS = 300;
const WARM_UP_MS = 2_000;

const { seconds } = new Command('npm run profile --')
  .description(
    'Profiles one API process under warm /verify at 64 connections, and prints as Markdown where the time of its threads goes.',
  )
  .option('--seconds <n>', 'how long', readPositive, 8)
  .parse(argumentsOf(process), { from: 'user' })
  .opts<{ seconds: number }>();
process.stdout.write(await profileVerify(seconds * 1_000));

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
    const { perSecond } = await postPayments(url, '/verify', payments, {
      connections: CONNECTIONS,
      warmUpMs: WARM_UP_MS,
      durationMs,
      cycle: true,
    });
    await api.stop();
    const tables = (await readProfiles(directory)).map(({ name, profile }) =>
      table(
        [name, '% of its work'],
        groupProfile(profile).map(({ part, percent }) => [part, percent]),
      ),
    );
    return `${[`${Math.round(perSecond)} verifications a second while being profiled`, ...tables].join('\n\n')}\n`;
  } finally {
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Node names a profile after its thread; thread 0 serves requests. */
async function readProfiles(directory: string): Promise<{ name: string; profile: CpuProfile }[]> {
  const files = (await readdir(directory)).toSorted();
  return Promise.all(
    files.map(async (file) => ({
      name: file.split('.')[4] === '0' ? 'the thread that serves requests' : 'the validator’s thread',
      profile: JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile,
    })),
  );
}
