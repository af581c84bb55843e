#!/usr/bin/env node
// Bundles the paywall page's script and style into one module that the server loads: dist/page/files.js.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** What no browser needs: the words of seed phrases, and the schemas by which @x402/core reads a facilitator's answers. */
const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /wordlists\/english/ }, () => ({ path: 'words', namespace: 'none' }));
    onResolve({ filter: /^zod/ }, ({ importer }) =>
      importer.includes('@x402/core') ? { path: 'schemas', namespace: 'none' } : undefined,
    );
    onLoad({ filter: /^words$/, namespace: 'none' }, () => ({ contents: 'export const wordlist = [];' }));
    // Schemas may be written down, and not used.
    onLoad({ filter: /^schemas$/, namespace: 'none' }, () => ({
      contents: `export const z = new Proxy(() => z, { get(_, name) {
        if (/parse/i.test(String(name))) throw new Error('this page reads no answer of a facilitator');
        return z;
      } });`,
    }));
    // It does not say that its modules have no side effects.
    onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'again' || !`${importer} ${path}`.includes('@x402/core')) return undefined;
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: 'again' });
      return { ...found, sideEffects: false };
    });
  },
};

const options = {
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  target: ['es2022', 'chrome110', 'firefox115', 'safari16.4'],
  conditions: ['source'],
  legalComments: 'none',
  logLevel: 'warning',
};
const textOf = async (entry, plugins) => {
  const { outputFiles } = await build({ ...options, entryPoints: [path(entry)], plugins });
  return outputFiles[0].text;
};

const script = await textOf('page/main.ts', [leaveOut]);
const style = await textOf('page/page.css', []);
mkdirSync(path('dist/page'), { recursive: true });
// In one step: a server that starts meanwhile finds the old file or the new one, never half of it.
const unfinished = path(`dist/page/files.${process.pid}.js`);
writeFileSync(
  unfinished,
  `export const SCRIPT = ${JSON.stringify(script)};\nexport const STYLE = ${JSON.stringify(style)};\n`,
);
renameSync(unfinished, path('dist/page/files.js'));
