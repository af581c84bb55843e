import { ROOT } from '@x402-facilitator/tools/stack';
import { findStructure, readWorkspace } from '@x402-facilitator/tools/structure';
import { expect, it } from 'vitest';

const { unused, circles } = findStructure(readWorkspace(ROOT));

it('no package, and no folder of a package, is in an import circle', () => {
  expect(circles.map(({ within, steps }) => `${within}: ${steps.join('; ')}`)).toEqual([]);
});

it('the source of another package uses everything that a package exports', () => {
  expect(unused.map(({ door, name }) => `${door}: ${name}`)).toEqual([]);
});
