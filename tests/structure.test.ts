import { ROOT } from '@x402-facilitator/tools/stack';
import { findStructure, readWorkspace } from '@x402-facilitator/tools/structure';
import { expect, it } from 'vitest';

const { unused, circles } = findStructure(readWorkspace(ROOT));

it('no package, and no room of a package, imports its way back to itself', () => {
  expect(circles.map(({ within, steps }) => `${within}: ${steps.join('; ')}`)).toEqual([]);
});

it('what a package exports, the source of another one uses', () => {
  expect(unused.map(({ door, name }) => `${door}: ${name}`)).toEqual([]);
});
