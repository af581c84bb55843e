import type { z } from 'zod';

/** What is wrong at one place of a parsed value. */
export type DescribedIssue = {
  /** Dotted path, list positions in brackets: `accepts[0].amount`; empty for the value itself. */
  readonly path: string;
  /** Names what was expected and, where zod says it, the kind that was found. Only a schema's own sentence quotes values. */
  readonly message: string;
};

/**
 * Turns zod's issues into one plain sentence per mistake.
 *
 * @example
 * const parsed = schema.safeParse(input);
 * if (!parsed.success) for (const { path, message } of describeIssues(parsed.error)) console.log(path, message);
 */
export function describeIssues(error: z.ZodError): readonly DescribedIssue[] {
  return error.issues.flatMap((issue) => describeIssue(issue));
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue): DescribedIssue[] {
  // A schema may have a sentence of its own for keys that it does not know.
  if (issue.code === 'unrecognized_keys' && issue.message.startsWith('Unrecognized key'))
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'unknown key' }));
  return [{ path: pathOf(issue.path), message: messageOf(issue) }];
}

function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map((branch) => branch.map((inner) => messageOf(inner)).join(', '));
    return [...new Set(branches)].join('; or ');
  }
  return issue.message
    .replace(/^(?:Invalid input|Invalid option|Too small|Too big): /, '')
    .replace(/, received undefined$/, ', found nothing')
    .replace(/, received /, ', found ');
}

/**
 * `a.b[0].c` for `['a', 'b', 0, 'c']`.
 *
 * @example
 * pathOf(['a', 'b', 0, 'c']); // 'a.b[0].c'
 */
export function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
