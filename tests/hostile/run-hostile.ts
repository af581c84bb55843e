import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PaymentRequest } from '@x402-facilitator/cardano';
import { HOSTILE_SCRIPTS, paymentOn, spending, type World } from '@x402-facilitator/cardano/testing';
import { guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, ROOT, startStack } from '@x402-facilitator/tools/stack';
import type { SendPlan, Sent } from './send.js';
import { worldOn } from './world.js';

export type HostileOptions = {
  /** Hostile transactions for the measurement of memory. */
  readonly transactions: number;
  /** How long plain payments are measured, without hostile ones and beside them. */
  readonly seconds: number;
  readonly announce: (line: string) => void;
};

export type HostileReport = {
  readonly plain: {
    readonly p99WithoutMs: number;
    readonly p99BesideMs: number;
    readonly ratio: number;
    readonly refused: number;
    readonly hostileAnswers: number;
  };
  readonly memory: {
    readonly transactions: number;
    readonly reasons: Readonly<Record<string, number>>;
    /** Their scripts were run, to an end or to the deadline. */
    readonly phase2Share: number;
    readonly deadlineShare: number;
    readonly startMegabytes: number;
    readonly middleMegabytes: number;
    readonly endMegabytes: number;
  };
};

const SCRIPT_FAILED = 'invalid_exact_cardano_payload_phase2_invalid';
const TOO_EXPENSIVE = 'invalid_exact_cardano_payload_script_too_expensive';
const BUDGET = { memory: 100_000, steps: 100_000_000 };
const SCRIPTS = Object.values(HOSTILE_SCRIPTS);
/** So many hostile payments are under way while plain ones are measured. */
const HOSTILE_AT_ONCE = 200;
const PLAIN_AT_ONCE = 64;
const PLAIN_PAYMENTS = 100;
/** Few enough that none is told to come again, so that all of them are judged. */
const JUDGED_AT_ONCE = 30;
/** New ones are signed before these expire. */
const HOSTILE_PAYMENTS = 200;
const ROUND = 1_000;
const SENDER = fileURLToPath(new URL('send.ts', import.meta.url));

/** Measures one API process under hostile scripts. The server, and each sender, are processes of their own. */
export async function runHostile(options: HostileOptions): Promise<HostileReport> {
  const { transactions, seconds, announce } = options;
  const stack = await startStack({ apis: 1, workers: 0, paywall: false, blockMs: 0 });
  try {
    const [api] = stack.apis;
    if (api === undefined) throw new Error('expected an API, found none');
    const { url } = api;
    const world = await worldOn(stack);
    const durationMs = seconds * 1_000;

    announce('plain payments');
    const plain = await bodies(PLAIN_PAYMENTS, () => paymentOn(world));
    const hostile = await hostileBodies(world);
    const plainLoad = { url, bodies: plain, atOnce: PLAIN_AT_ONCE };
    await send({ ...plainLoad, durationMs: 2_000 });
    await send({ url, bodies: hostile, atOnce: JUDGED_AT_ONCE, answers: HOSTILE_PAYMENTS });
    const without = await send({ ...plainLoad, durationMs });
    announce(`beside ${HOSTILE_AT_ONCE} hostile ones at once`);
    const [beside, hostileSent] = await Promise.all([
      send({ ...plainLoad, durationMs }),
      send({ url, bodies: hostile, atOnce: HOSTILE_AT_ONCE, durationMs }),
    ]);
    const [p99WithoutMs, p99BesideMs] = [p99(without), p99(beside)];

    announce(`${transactions} hostile transactions`);
    const { pid } = api.process;
    const reasons: Record<string, number> = {};
    const resident = [await residentMegabytes(pid)];
    for (let sent = 0; sent < transactions; sent += ROUND) {
      const round = await hostileBodies(world);
      const answers = Math.min(ROUND, transactions - sent);
      const outcome = await send({ url, bodies: round, atOnce: JUDGED_AT_ONCE, answers });
      for (const [reason, count] of Object.entries(outcome.reasons))
        reasons[reason] = (reasons[reason] ?? 0) + count;
      resident.push(await residentMegabytes(pid));
      announce(`${sent + answers}: ${resident.at(-1)} MB`);
    }
    const [failed, ranOut] = [reasons[SCRIPT_FAILED] ?? 0, reasons[TOO_EXPENSIVE] ?? 0];
    return {
      plain: {
        p99WithoutMs,
        p99BesideMs,
        ratio: Math.round((p99BesideMs / p99WithoutMs) * 100) / 100,
        refused: beside.latencies.length - (beside.reasons.accepted ?? 0),
        hostileAnswers: hostileSent.latencies.length,
      },
      memory: {
        transactions,
        reasons,
        phase2Share: (failed + ranOut) / transactions,
        deadlineShare: ranOut / transactions,
        startMegabytes: resident[0] ?? 0,
        middleMegabytes: resident[Math.floor(resident.length / 2)] ?? 0,
        endMegabytes: resident.at(-1) ?? 0,
      },
    };
  } finally {
    await stack.stop();
  }
}

function hostileBodies(world: World): Promise<string[]> {
  return bodies(HOSTILE_PAYMENTS, async (index) => {
    const script = SCRIPTS[index % SCRIPTS.length];
    if (script === undefined) throw new RangeError('expected a script');
    return paymentOn(world, await spending(script, BUDGET)(world));
  });
}

async function bodies(count: number, sign: (index: number) => Promise<PaymentRequest>): Promise<string[]> {
  const signed: string[] = [];
  for (let index = 0; index < count; index += 1)
    signed.push(JSON.stringify({ x402Version: 2, ...(await sign(index)) }));
  return signed;
}

async function send(plan: SendPlan): Promise<Sent> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-hostile-'));
  guardDirectory(directory);
  try {
    const [planFile, sentFile] = [join(directory, 'plan'), join(directory, 'sent')];
    await writeFile(planFile, JSON.stringify(plan));
    const sender = await startProcess({
      name: 'sender',
      command: process.execPath,
      args: ['--import', 'tsx', SENDER, planFile, sentFile],
      cwd: ROOT,
      env: baseEnvironment(),
    });
    const { code } = await sender.exited;
    if (code !== 0) throw new Error(`a sender failed: ${sender.output.recent(20).join('\n')}`);
    return JSON.parse(await readFile(sentFile, 'utf8')) as Sent;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function p99({ latencies }: Sent): number {
  const sorted = latencies.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0) * 10) / 10;
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
