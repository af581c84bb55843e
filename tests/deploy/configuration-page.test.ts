import { join } from 'node:path';
import { CONFIG_KEYS } from '@x402-facilitator/shared/testing';
import { ROOT } from '@x402-facilitator/tools/stack';
import { expect, it } from 'vitest';
import { configurationPage } from './support/configuration-page.js';

it('docs/configuration.md agrees with the schema (vitest -u writes it)', async () => {
  await expect(configurationPage()).toMatchFileSnapshot(join(ROOT, 'docs/configuration.md'));
});

it('the page names every key with its environment name', () => {
  const page = configurationPage();
  const leaves = CONFIG_KEYS.filter(({ isGroup }) => !isGroup);
  const missing = leaves.filter(
    ({ path, envName }) => !page.includes(`\`${path.join('.')}\``) || !page.includes(`\`${envName}\``),
  );
  expect(missing.map(({ path }) => path.join('.'))).toEqual([]);
  expect(leaves.length).toBeGreaterThan(60);
});

it('the page describes every key inside a list', () => {
  const silent = configurationPage()
    .split('\n')
    .filter((line) => line.startsWith('| `') && /\|\s*\|$/.test(line));
  expect(silent).toEqual([]);
});
