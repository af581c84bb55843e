import { readFileSync } from 'node:fs';
import { toHex } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { compile } from './compile.js';
import { COMPILED, SOURCE } from './validator.js';

test('the bytes of the channels’ validator are what its source compiles to', async () => {
  await expect(`${toHex(compile(readFileSync(SOURCE, 'utf8')))}\n`).toMatchFileSnapshot(COMPILED);
});
