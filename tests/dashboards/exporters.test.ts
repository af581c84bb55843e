import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@x402-facilitator/tools/redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FOREIGN_METRICS } from '../deploy/support/metric-names.js';
import { exporterOrSkip, startExporter } from '../support/exporters.js';

const redisExporter = await exporterOrSkip('redis');
const nodeExporter = await exporterOrSkip('node');

/** The names of an exporter's series. */
async function shownBy(command: string, args: readonly string[]): Promise<readonly string[]> {
  const exporter = await startExporter(command, args);
  try {
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    return [...new Set([...text.matchAll(/^[a-z]\w*/gm)].map(([name]) => name))];
  } finally {
    await exporter.process.stop();
  }
}

describe('other programs show the series that rules and dashboards ask for', () => {
  it.skipIf(redisExporter === undefined)(
    'redis_exporter, on a Redis like ours (skipped without it)',
    async () => {
      const redis = await startRedis();
      try {
        const { host } = new URL(redis.url);
        const shown = await shownBy(redisExporter ?? '', [`--redis.addr=redis://${host}`]);
        expect(shown).toEqual(expect.arrayContaining([...FOREIGN_METRICS.redis_exporter]));
      } finally {
        await redis.stop();
      }
    },
  );

  it.skipIf(nodeExporter === undefined)('node_exporter, on this machine (skipped without it)', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'x402-textfiles-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    // As deploy/k8s/components/backup/backup.sh leaves it.
    writeFileSync(join(directory, 'backup.prom'), '');
    const shown = await shownBy(nodeExporter ?? '', [
      '--collector.disable-defaults',
      '--collector.filesystem',
      ...['--collector.textfile', `--collector.textfile.directory=${directory}`],
    ]);
    expect(shown).toEqual(expect.arrayContaining([...FOREIGN_METRICS.node_exporter]));
  });
});
