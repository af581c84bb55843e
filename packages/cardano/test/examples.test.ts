import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as whole from '@x402-facilitator/cardano';
import * as ledger from '@x402-facilitator/cardano/ledger';
import { describe, expect, test } from 'vitest';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));
const text = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(SOURCES, file), 'utf8'))
  .join('\n');

/** What is written above functions of that name; rooms may have one of their own beside the door's. */
function docstringsOf(name: string): readonly string[] {
  const declared = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)?\\s*export (?:async )?(?:function|const) ${name}\\b`,
    'g',
  );
  return [...text.matchAll(declared)].map(([, docstring = '']) => docstring);
}

describe.each(Object.entries({ whole, ledger }))('of the door to the %s', (_, door) => {
  const functions = Object.entries(door).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );

  test('every function has an example that calls it', () => {
    expect(functions.length).toBeGreaterThan(15);
    const without = functions.filter((name) => {
      const docstrings = docstringsOf(name);
      const examples = docstrings.map((docstring) => docstring.split('@example')[1] ?? '');
      return !examples.some((example) => example.includes(`${name}(`));
    });
    expect(without).toEqual([]);
  });
});
