import { findPostgres } from '@x402-facilitator/tools/postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from './archive/make-settlements.js';
import { type ArchiveReport, runArchive } from './archive/measure.js';
import { get } from './support/facilitator.js';
import { type OpsRun, runOps } from './support/ops.js';
import { replica } from './support/use-stack.js';

const SETTLEMENTS = 600;
const OF_LAST_MONTH = 60;
/** Confirmed, of last month, claimed with the key `cinema`. */
const TOLD = idOf(7);
const ERASED = 'addr_test1payer7';

const programs = await findPostgres();
if (programs === undefined && process.env.CI)
  throw new Error('PostgreSQL not found: `sudo apt-get install postgresql`');

describe.skipIf(programs === undefined)('an archive that fails, and workers that are killed', () => {
  let report: ArchiveReport;
  const answers: { status: number; body: Record<string, unknown> }[] = [];
  const runs: Record<string, OpsRun> = {};
  const month = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 7);
  beforeAll(async () => {
    report = await runArchive(programs ?? '', {
      settlements: SETTLEMENTS,
      ofLastMonth: OF_LAST_MONTH,
      rounds: 1,
      async afterwards({ stack }) {
        const { url } = replica(stack.apis);
        const ask = async (path: string) => {
          const { status, body } = await get(url + path);
          answers.push({ status, body });
        };
        const ops = async (name: string, ...args: readonly string[]) => {
          runs[name] = await runOps(stack.settings, ...args);
        };
        await ask(`/status/${TOLD}`);
        await ask(`/status/${TOLD}/receipt`);
        await ask(`/status/${'ab'.repeat(32)}`);
        await ops('inspect', 'inspect', TOLD, '--json');
        await ops('status', 'status');
        await ops('csv', 'export', '--from', '40d', '--format', 'csv');
        await ops('ndjson', 'export', '--since', '40d', '--key', 'cinema');
        await ops('statement', 'statement', '--key', 'shop', '--month', month, '--format', 'json');
        await ops('erase', 'erase', ERASED, '--yes');
        await ask(`/status/${TOLD}`);
        await ask(`/status/${TOLD}/receipt`);
        await ops('statement again', 'statement', '--key', 'shop', '--month', month, '--format', 'json');
        await ops('migrate', 'migrate');
      },
    });
  });

  it('hold each settlement once, and their sums are the ledger’s', () => {
    expect(report).toMatchObject({
      ...{ rows: SETTLEMENTS, differing: 0, equalsLedger: true, equalsTotals: true },
      ...{ workersKilled: 3, databaseCrashed: 1, slowSpells: 1 },
    });
  });

  it('leave nothing to be archived, as ops status says', () => {
    expect(runs.status?.out).toMatch(/^ {2}archive {4}0 to be archived; \d+ may still change$/m);
  });

  it('a settlement of last month answers /status and gives its receipt', () => {
    const [status, receipt, unknown] = answers;
    expect(status).toMatchObject({
      status: 200,
      body: {
        transaction: TOLD,
        status: 'confirmed',
        payer: ERASED,
        settledAt: expect.stringMatching(`^${month}`),
      },
    });
    expect(receipt).toMatchObject({ status: 200, body: { format: 'cip8', receipt: { transaction: TOLD } } });
    expect(unknown?.status).toBe(404);
    expect(JSON.parse(runs.inspect?.out ?? '')).toMatchObject({
      transaction: TOLD,
      archived: true,
      keyName: 'cinema',
    });
  });

  it('an export has each once, as CSV and as NDJSON', () => {
    const [head = '', ...lines] = (runs.csv?.out ?? '').trimEnd().split('\n');
    expect(runs.csv).toMatchObject({ code: 0, err: '' });
    expect(head).toContain('"transaction","network","state","keyName"');
    expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(SETTLEMENTS);
    expect(lines).toHaveLength(SETTLEMENTS);
    const ofKey = (runs.ndjson?.out ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(ofKey).toHaveLength(SETTLEMENTS / 3);
    expect(new Set(ofKey.map(({ keyName }) => keyName))).toEqual(new Set(['cinema']));
  });

  it('a statement of the month has the sums of its settlements, and an erasure leaves them', () => {
    const seeds = Array.from({ length: OF_LAST_MONTH }, (_, seed) => seed).filter((seed) => seed % 3 === 0);
    const confirmed = seeds.filter((seed) => seed % 20 > 1);
    const volume = confirmed.reduce((sum, seed) => sum + BigInt(`0x${idOf(seed).slice(0, 15)}`), 0n);
    const expected = {
      ...{ network: 'cardano:preview', kind: 'payment', asset: 'lovelace', confirmed: confirmed.length },
      ...{ failed: seeds.filter((seed) => seed % 20 === 0).length },
      ...{ expired: seeds.filter((seed) => seed % 20 === 1).length, volume: `${volume}` },
    };
    expect(runs.statement).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(runs.statement?.out ?? '')).toMatchObject({
      ...{ key: 'shop', month, isComplete: true },
      lines: [expected],
    });
    expect(runs['statement again']?.out).toBe(runs.statement?.out);
  });

  it('who was erased is named no more, and what is still in Redis is told', () => {
    // Those of today are in Redis for a day.
    expect(runs.erase).toMatchObject({
      code: 1,
      out: `7 archived settlements do not name ${ERASED} any more\n`,
      err: expect.stringContaining('are still in Redis'),
    });
    const [, , , status, receipt] = answers;
    expect(status).toMatchObject({
      status: 200,
      body: { transaction: TOLD, status: 'confirmed', payer: 'erased', amount: answers[0]?.body.amount },
    });
    expect(receipt).toMatchObject({ status: 404, body: { error: 'no_receipt' } });
    expect(JSON.stringify(status)).not.toContain(ERASED);
    expect(runs.migrate).toMatchObject({ code: 0, out: 'the archive is up to date\n' });
  });
});
