import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@x402-facilitator/tools/redis';
import { expect, it, onTestFinished } from 'vitest';

it('without any way to a Redis, every way to give one is named', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'x402-test-'));
  onTestFinished(() => rmSync(empty, { recursive: true, force: true }));
  const failure = startRedis({ env: { PATH: empty, REDIS_INSTALL: 'never' }, usualPlaces: [] });
  await expect(failure).rejects.toThrow(/REDIS_URL[\s\S]*on PATH[\s\S]*Docker[\s\S]*apt-get[\s\S]*brew/);
});
