import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Phase2Question } from '@x402-facilitator/cardano';
import type { ScriptLaneObserver } from '@x402-facilitator/shared/testing';
import { startScriptLane } from '@x402-facilitator/shared/verification';
import { expect, onTestFinished, test } from 'vitest';

const MODULE = fileURLToPath(new URL('./support/script-thread.mjs', import.meta.url));
const SLOW_IMPORT = fileURLToPath(new URL('./support/slow-import.mjs', import.meta.url));
const DEADLINE_MS = 300;
const SATISFIED = { ok: true, value: { kind: 'satisfied', scripts: [] } };

function question(transactionHex: string): Phase2Question {
  return {
    transactionHex,
    outputs: [],
    protocolVersion: 11,
    costModels: {},
    limit: { memory: 1n, steps: 1n },
    validFromMs: undefined,
    validUntilMs: undefined,
  };
}

function lane(options: { threads?: number; maxWaiting?: number; roomWaitMs?: number; module?: string } = {}) {
  const seen = { answered: [] as string[], waiting: [] as number[], replaced: 0 };
  const observer: ScriptLaneObserver = {
    answered: (outcome) => seen.answered.push(outcome),
    waiting: (count) => seen.waiting.push(count),
    replaced: () => {
      seen.replaced += 1;
    },
  };
  const started = startScriptLane({ threads: 1, module: MODULE, observer, ...options });
  onTestFinished(() => started.close());
  const { room, close } = started;
  return {
    seen,
    ask: (what: string, deadlineMs = DEADLINE_MS) => started.ask(question(what), deadlineMs),
    room,
    close,
  };
}

test('a script that does not end is too expensive, and those behind it are answered', async () => {
  const { ask, seen } = lane();
  const answers = await Promise.all([ask('loop'), ask('quick'), ask('loop'), ask('quick')]);
  expect(answers).toMatchObject([
    { ok: false, error: { kind: 'tooExpensive', message: expect.stringContaining('300 ms') } },
    SATISFIED,
    { ok: false, error: { kind: 'tooExpensive' } },
    SATISFIED,
  ]);
  expect(seen.replaced).toBe(2);
  expect(seen.answered.toSorted()).toEqual(['satisfied', 'satisfied', 'tooExpensive', 'tooExpensive']);
  expect(seen.waiting.at(-1)).toBe(0);
});

test('a thread that dies over a script takes no other along', async () => {
  const { ask, seen } = lane({ threads: 2 });
  const answers = await Promise.all([ask('die'), ask('quick'), ask('quick'), ask('die')]);
  expect(answers).toMatchObject([
    { ok: false, error: { kind: 'tooExpensive' } },
    SATISFIED,
    SATISFIED,
    { ok: false, error: { kind: 'tooExpensive' } },
  ]);
  expect(seen.replaced).toBe(2);
});

test('the deadline begins when it is a question’s turn', async () => {
  const { ask } = lane();
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('sleep 150', 1_000)));
  expect(answers).toEqual(Array.from({ length: 8 }, () => SATISFIED));
});

test('more than may wait are told to come again', async () => {
  const { ask, room, seen } = lane({ maxWaiting: 2, roomWaitMs: 0 });
  await ask('quick');
  expect(await room()).toBe(true);
  const asked = [ask('sleep 100'), ask('quick'), ask('quick'), ask('quick')];
  expect(await room()).toBe(false);
  const answers = await Promise.all(asked);
  expect(await room()).toBe(true);
  expect(seen.answered.filter((outcome) => outcome === 'busy')).toHaveLength(2);
  expect(answers).toMatchObject([SATISFIED, SATISFIED, SATISFIED, { ok: false, error: { kind: 'busy' } }]);
});

test('a question is held back until there is room, and those that asked first get it first', async () => {
  const { ask, room, seen } = lane({ maxWaiting: 1, roomWaitMs: 60_000 });
  await ask('quick');
  const asked = [ask('sleep 100'), ask('quick')];
  const order: number[] = [];
  const outside = [1, 2, 3].map(async (place) => {
    expect(await room()).toBe(true);
    order.push(place);
    return place === 1 ? SATISFIED : ask('quick');
  });
  expect(await Promise.all([...asked, ...outside])).toEqual(Array(5).fill(SATISFIED));
  expect(order).toEqual([1, 2, 3]);
  expect(seen.answered).not.toContain('busy');
});

test('a lane that closes lets go of those that wait for room', async () => {
  const { ask, room, close } = lane({ maxWaiting: 1, roomWaitMs: 60_000 });
  await ask('quick');
  const asked = [ask('loop', 60_000), ask('quick')];
  const isThere = room();
  await close();
  expect(await isThere).toBe(false);
  expect(await room()).toBe(false);
  await Promise.all(asked);
});

test('scripts run below the priority of everything else in the process', async () => {
  const started = startScriptLane({ threads: 1 });
  onTestFinished(() => started.close());
  await started.ask(question(''), 10_000);
  const tasks = process.platform === 'linux' ? await readdir('/proc/self/task') : [];
  const stats = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/stat`, 'utf8')));
  // Behind the name in parentheses, the nice value is the seventeenth field.
  const nice = stats.map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
  if (tasks.length > 0) expect(Math.max(...nice)).toBe(Math.min(...nice) + 5);
});

test('a lane that closes answers everybody', async () => {
  const { ask, close } = lane();
  const answers = Promise.all([ask('loop'), ask('quick')]);
  await close();
  expect(await answers).toMatchObject([
    { ok: false, error: { kind: 'busy' } },
    { ok: false, error: { kind: 'busy' } },
  ]);
  expect(await ask('quick')).toMatchObject({ ok: false, error: { kind: 'busy' } });
});

test('the real thread answers a question about nothing', async () => {
  const started = startScriptLane({ threads: 1 });
  onTestFinished(() => started.close());
  expect(await started.ask(question(''), 5_000)).toMatchObject({
    ok: true,
    value: { kind: 'notRun', rule: 'Undecodable' },
  });
});

test('a thread that is still importing is not ended: Node would abort the process', async () => {
  const heard: unknown[] = [];
  const channel = new BroadcastChannel('slow-import');
  onTestFinished(() => channel.close());
  channel.onmessage = ({ data }) => heard.push(data);

  await lane({ module: SLOW_IMPORT }).close();

  await expect.poll(() => heard).toEqual(['imported']);
});
