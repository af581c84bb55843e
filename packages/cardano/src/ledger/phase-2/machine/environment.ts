import type { Value } from './value.js';

type Tree = {
  readonly value: Value;
  readonly left: Tree | undefined;
  readonly right: Tree | undefined;
};

/**
 * The values of the variables in scope, the nearest first: a list of trees whose sizes are `2^n - 1`. Adding one takes a
 * moment, finding one a number of steps that is logarithmic in how many there are, however deep a script nests them.
 */
export type Environment =
  | { readonly size: number; readonly tree: Tree; readonly rest: Environment }
  | undefined;

export function extend(environment: Environment, value: Value): Environment {
  const second = environment?.rest;
  if (environment !== undefined && second !== undefined && environment.size === second.size) {
    const tree = { value, left: environment.tree, right: second.tree };
    return { size: 1 + environment.size + second.size, tree, rest: second.rest };
  }
  return { size: 1, tree: { value, left: undefined, right: undefined }, rest: environment };
}

/** @param index 1 for the nearest. @returns `undefined` when nothing has this index. */
export function lookUp(environment: Environment, index: number): Value | undefined {
  let at = index - 1;
  let trees = environment;
  while (trees !== undefined && at >= trees.size) {
    at -= trees.size;
    trees = trees.rest;
  }
  if (trees === undefined || at < 0) return undefined;
  let tree: Tree | undefined = trees.tree;
  let size = trees.size;
  while (tree !== undefined && at > 0) {
    size = (size - 1) / 2;
    at -= 1;
    if (at < size) {
      tree = tree.left;
    } else {
      at -= size;
      tree = tree.right;
    }
  }
  return tree?.value;
}
