import { join } from 'node:path';
import {
  freePort,
  type ManagedProcess,
  ProcessStartError,
  startProcess,
} from '@x402-facilitator/tools/processes';
import {
  baseEnvironment,
  type Environment,
  ROOT,
  type Stack,
  startStack,
} from '@x402-facilitator/tools/stack';
import { openWorktree } from '@x402-facilitator/tools/worktree';
import { openPaymentSigner } from '../payments/index.js';
import { medianBy, rounded, table } from '../support/index.js';
import { WARM_UP_REQUESTS, warmUp } from '../verify/points.js';
import { measureWarm, type WarmFigures } from './measure-warm.js';

const CONNECTIONS = [1, 64] as const;
const PAYMENTS = 300;

const FIGURES: readonly (readonly [name: string, figure: keyof WarmFigures])[] = [
  ['verifications a second', 'perSecond'],
  ['p99, ms', 'p99Ms'],
  ['CPU of the thread that serves requests, µs each', 'servingMicros'],
  ['CPU of all threads, µs each', 'allMicros'],
];

/**
 * Compares warm `/verify` of this checkout and of another commit. Both processes are up at once, answer the same number of
 * requests first, and are loaded in turn, so that both meet the same moods of the machine.
 *
 * @returns Markdown
 * @throws Error when the commit cannot be built or started
 */
export async function compareWarm(options: {
  readonly commit: string;
  readonly rounds: number;
  readonly roundMs: number;
}): Promise<string> {
  const { commit, rounds, roundMs } = options;
  const worktree = await openWorktree(commit);
  const stack = await startStack({ apis: 0, workers: 0, paywall: false, blockMs: 0 });
  const sides: { readonly url: string; readonly process: ManagedProcess }[] = [];
  try {
    const payments = (await openPaymentSigner(stack, { outputs: PAYMENTS })).sign(PAYMENTS);
    for (const checkout of [ROOT, worktree.directory]) sides.push(await startSide(stack, checkout));
    for (const { url } of sides) await warmUp(url, payments, WARM_UP_REQUESTS);

    const measured: { readonly connections: number; readonly of: readonly WarmFigures[] }[] = [];
    for (let round = 0; round < rounds; round += 1)
      for (const connections of CONNECTIONS) {
        const of: WarmFigures[] = [];
        for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
          const { url, process } = sides[side] ?? missing();
          of[side] = await measureWarm({ url, pid: process.pid, payments, connections, durationMs: roundMs });
        }
        measured.push({ connections, of });
      }
    const rows = CONNECTIONS.flatMap((count) => {
      const pairs = measured.filter(({ connections }) => connections === count);
      return FIGURES.map(([name, figure]) => [count, name, ...rowOf(pairs, figure)]);
    });
    return `${table(['connections', 'figure', 'that', 'this', 'this / that: min', 'median', 'max'], rows)}

This checkout over ${worktree.commit.slice(0, 12)}, ${rounds} rounds of ${rounded(roundMs / 1_000)} s, each after ${WARM_UP_REQUESTS} requests.
`;
  } finally {
    await Promise.all(sides.map(({ process }) => process.stop()));
    await stack.stop();
    await worktree.close();
  }
}

function rowOf(pairs: readonly { readonly of: readonly WarmFigures[] }[], figure: keyof WarmFigures) {
  const values = pairs.map(({ of }) => {
    const [mine, theirs] = [of[0]?.[figure] ?? 0, of[1]?.[figure] ?? 0];
    return { mine, theirs, ratio: mine / theirs };
  });
  const middle = (pick: (value: (typeof values)[number]) => number) =>
    rounded(pick(medianBy(values, pick) ?? missing()));
  const ratios = values.map(({ ratio }) => ratio);
  return [
    ...[middle(({ theirs }) => theirs), middle(({ mine }) => mine)],
    ...[Math.min(...ratios), middle(({ ratio }) => ratio), Math.max(...ratios)].map((ratio) =>
      ratio.toFixed(2),
    ),
  ];
}

/** An older commit knows fewer settings, and says which it does not know. */
async function startSide(
  stack: Stack,
  checkout: string,
  settings: Environment = stack.settings,
): Promise<{ readonly url: string; readonly process: ManagedProcess }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  try {
    const process = await startProcess({
      name: `API of ${checkout}`,
      command: globalThis.process.execPath,
      args: ['--enable-source-maps', join(checkout, 'apps/api/dist/main.js')],
      cwd: checkout,
      env: {
        ...baseEnvironment(),
        ...settings,
        X402_SERVER__HOST: '127.0.0.1',
        X402_SERVER__PORT: new URL(url).port,
        X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '3600',
      },
      ready: { kind: 'http', url: `${url}/ready` },
    });
    return { url, process };
  } catch (error) {
    const said = error instanceof ProcessStartError ? error.message : '';
    const unknown = Array.from(said.matchAll(/(X402_\w+): unknown setting/g), ([, name]) => name);
    const known = Object.entries(settings).filter(([name]) => !unknown.includes(name));
    if (known.length === Object.keys(settings).length) throw error;
    return startSide(stack, checkout, Object.fromEntries(known));
  }
}

function missing(): never {
  throw new RangeError('expected figures of both sides');
}
