import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needsDevnet } from '../../src/dev/needs-devnet.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'x402-test-'));
  mkdirSync(join(root, 'config'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const configure = (blockfrost: object) =>
  writeFileSync(join(root, 'config/config.json'), JSON.stringify({ chain: { blockfrost } }));

it('a developer without a Blockfrost project gets the devnet', () => {
  expect(needsDevnet({}, root)).toBe(true);
});

it('a project id in the environment keeps the devnet off', () => {
  expect(needsDevnet({ X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewabc' }, root)).toBe(false);
});

it('a project id in the configuration file keeps the devnet off', () => {
  configure({ projectId: 'previewabc' });
  expect(needsDevnet({}, root)).toBe(false);
});

it('an empty project id in the configuration file is none', () => {
  configure({ projectId: '' });
  expect(needsDevnet({}, root)).toBe(true);
});
