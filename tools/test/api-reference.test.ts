import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeApiReference } from '../src/api-reference/write-api-reference.js';

it('the API reference has a page for each door on npm, and every export has a docstring', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'x402-api-reference-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  // It counts exports without a docstring, members that are functions, and links to nothing.
  expect(await writeApiReference(directory)).toEqual({ warnings: 0 });
  const page = (door: string) => readFileSync(join(directory, '@x402-facilitator', `${door}.md`), 'utf8');
  expect(page('client')).toContain('### createBuyer()');
  expect(page('client/masumi')).toContain('### masumi()');
  expect(page('cardano/ledger')).toContain('decodeTransaction');
  expect(page('server/fastify')).toContain('### payments');
  const index = readFileSync(join(directory, 'README.md'), 'utf8');
  expect(index.match(/^- \[/gm)?.length).toBeGreaterThanOrEqual(14);
});
