/** A name or literal, or a list of expressions. */
export type Expression = string | readonly Expression[];

/** The expressions of a source text: parentheses, atoms, and comments from a semicolon to the end of the line. */
export function readExpressions(source: string): readonly Expression[] {
  const tokens = source.replace(/;.*$/gm, '').match(/[()]|[^\s()]+/g) ?? [];
  const stack: Expression[][] = [[]];
  for (const token of tokens) {
    if (token === '(') stack.push([]);
    else if (token === ')') {
      const list = stack.pop();
      const around = stack.at(-1);
      if (list === undefined || around === undefined) throw new SyntaxError('a parenthesis closes nothing');
      around.push(list);
    } else stack.at(-1)?.push(token);
  }
  const [expressions = []] = stack;
  if (stack.length > 1) throw new SyntaxError(`${stack.length - 1} parentheses are not closed`);
  return expressions;
}
