import { expect, it } from 'vitest';
import { csvLine } from '../src/ops/csv.js';

/** Reads one record as RFC 4180 has it, where every field is in quotes. */
function fieldsOf(line: string): readonly string[] {
  expect(line).toMatch(/^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$/);
  return [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, text = '']) => text.replaceAll('""', '"'));
}

it.each(['plain', 'a,b', 'a"b', '"', '""', 'two\nlines', 'two\r\nlines', 'ends\r\n', '', ' ', 'ünï🙂'])(
  'gives %j back',
  (text) => {
    expect(fieldsOf(csvLine(['before', text, 'after']))).toEqual(['before', text, 'after']);
  },
);

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://evil.example","x")'])(
  'keeps %j from being run as a formula',
  (text) => {
    expect(fieldsOf(csvLine([text, 'after']))).toEqual([`'${text}`, 'after']);
  },
);

it('writes nothing where there is nothing', () => {
  expect(csvLine([undefined, null, 5, 7n])).toBe('"","","5","7"');
});
