import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, ROOT } from '@x402-facilitator/tools/stack';
import type { LoadOutcome, LoadPlan } from './plan.js';

/** A plan whose files are not named yet. */
export type Load = Omit<
  LoadPlan,
  'linesFile' | 'outcomeFile' | 'warmupMs' | 'keepEach' | 'headers' | 'watch'
> &
  Partial<Pick<LoadPlan, 'warmupMs' | 'keepEach' | 'headers' | 'watch'>> & {
    /** One request each. */
    readonly requests: readonly string[];
  };

/** The built main file: also when this one runs from its source. */
const GENERATOR = join(ROOT, 'bench/dist/load/main.js');

/**
 * Makes load in a process of its own and waits for its end.
 *
 * @throws Error when an answer was wrong: figures of a server that fails would say nothing.
 */
export async function runLoad({ requests, ...load }: Load): Promise<LoadOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-load-'));
  guardDirectory(directory);
  try {
    const [planFile, linesFile, outcomeFile] = ['plan', 'lines', 'outcome'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    const plan: LoadPlan = {
      warmupMs: 0,
      keepEach: false,
      watch: {},
      ...load,
      headers: { 'content-type': 'application/json', ...load.headers },
      linesFile,
      outcomeFile,
    };
    await writeFile(linesFile, requests.join('\n'));
    await writeFile(planFile, JSON.stringify(plan));
    const generator = await startProcess({
      name: 'load generator',
      command: process.execPath,
      args: ['--enable-source-maps', GENERATOR, planFile],
      env: baseEnvironment(),
    });
    const { code } = await generator.exited;
    if (code !== 0) throw new Error(`the load generator failed: ${generator.output.recent(20).join('\n')}`);
    const outcome = JSON.parse(await readFile(outcomeFile, 'utf8')) as LoadOutcome;
    if (outcome.wrongAnswers > 0)
      throw new Error(`${outcome.wrongAnswers} wrong answers, the first: ${outcome.firstWrong}`);
    return outcome;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
