import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { SCRIPT, STYLE } from '#page-files';

it('the page is small', () => {
  expect(SCRIPT.length).toBeLessThan(165_000);
  expect(gzipSync(SCRIPT).length).toBeLessThan(60_000);
  expect(STYLE.length).toBeLessThan(8_000);
});

it('the page evaluates no text, writes no HTML, and loads nothing from elsewhere', () => {
  const found = (text: string, forbidden: readonly string[]) =>
    forbidden.filter((each) => text.includes(each));
  expect(found(SCRIPT, ['eval(', 'new Function', 'Function(', 'WebAssembly', 'import('])).toEqual([]);
  expect(found(SCRIPT, ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write'])).toEqual([]);
  expect(found(STYLE, ['url(', '@import'])).toEqual([]);
});

it('the page brings no words of seed phrases and no schemas of a facilitator along', () => {
  expect(['zebra', 'ZodError'].filter((each) => SCRIPT.includes(each))).toEqual([]);
});
