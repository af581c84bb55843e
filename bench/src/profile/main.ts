import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, entryPoint, startStack } from '@x402-facilitator/tools/stack';
import { runLoad } from '../load/index.js';
import { openPurse } from '../payments/index.js';
import { table } from '../support/index.js';
import { type CpuProfile, groupProfile } from './group-profile.js';

const USAGE = `Usage: npm run profile -- [--seconds N]

Profiles one API process under warm /verify at 64 connections, and prints as Markdown where the time of its threads goes.
`;

const CONNECTIONS = 64;
const PAYMENTS = 300;
const WARM_UP_MS = 2_000;

const { values } = parseArgs({
  // pnpm hands the separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { seconds: { type: 'string', default: '8' }, help: { type: 'boolean', default: false } },
});
if (values.help || !(Number(values.seconds) > 0)) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  process.stdout.write(await profileVerify(Number(values.seconds) * 1_000));
}

async function profileVerify(durationMs: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-profile-'));
  guardDirectory(directory);
  const stack = await startStack({ apis: 0, workers: 0, paywall: false, blockMs: 0 });
  try {
    const payments = (await openPurse(stack, { outputs: PAYMENTS })).pay(PAYMENTS);
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
    const { perSecond } = await runLoad({
      url,
      method: 'POST',
      path: '/verify',
      lines: 'bodies',
      requests: payments.map(({ body }) => body),
      expects: { status: 200, contains: '"isValid":true' },
      connections: CONNECTIONS,
      warmupMs: WARM_UP_MS,
      durationMs,
      cycle: true,
    });
    await api.stop();
    const threads = await readProfiles(directory);
    const tables = threads.map(({ name, profile }) =>
      table(
        [name, { number: '% of its work' }],
        groupProfile(profile).map(({ part, percent }) => [part, percent]),
      ),
    );
    return `${[`${Math.round(perSecond)} verifications a second while being profiled`, ...tables].join('\n\n')}\n`;
  } finally {
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Node names a profile after its thread: the one that serves requests is 0. */
async function readProfiles(directory: string): Promise<{ name: string; profile: CpuProfile }[]> {
  const files = (await readdir(directory)).toSorted();
  return Promise.all(
    files.map(async (file) => ({
      name: file.split('.')[4] === '0' ? 'the thread that serves requests' : 'the validator’s thread',
      profile: JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile,
    })),
  );
}
