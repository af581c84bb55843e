import { err, type Network, ok, type Result } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { answered } from './answered.js';

/** Where something is kept for one network. */
export type OnNetwork = { readonly redis: Redis; readonly network: Network };

/** Runs a command that reads; an error says that the key is of another type than the command reads. */
export async function readStored<T>(command: () => Promise<T>): Promise<Result<T, string>> {
  try {
    return ok(await answered(command));
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('WRONGTYPE'))) throw error;
    return err('found a key of another type');
  }
}

/** Reads a stored value; an error says in one line what was expected and what was found. */
export function parseStored<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Result<z.output<Schema>, string> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const reasons = parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? 'record' : path.join('.')}: ${message}`,
  );
  return err(reasons.join('; '));
}

/** Text that holds JSON. */
export const jsonField = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'expected JSON' });
    return z.NEVER;
  }
});
