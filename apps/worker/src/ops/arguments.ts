import { parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import type { Command } from 'commander';
import { UsageError } from './errors.js';

const MISMATCHES = [
  'commander.missingArgument',
  'commander.excessArguments',
  'commander.invalidArgument',
  'commander.missingMandatoryOptionValue',
];

/** Reports what a command expects when it got something else. */
export function expecting(what: string, command: Command): Command {
  return command.exitOverride((error) => {
    throw MISMATCHES.includes(error.code) ? new UsageError(`expected ${what}`) : error;
  });
}

/** A command that only holds others; alone, or with a name that none of them has, it says what it expects. */
export function commandGroup(
  program: Command,
  name: string,
  { description, expected }: { readonly description: string; readonly expected: string },
): Command {
  return program
    .command(name)
    .description(description)
    .argument('[COMMAND...]')
    .action(() => {
      throw new UsageError(`expected ${expected}`);
    });
}

export function readTxHash(text: string): TxHash {
  const txHash = parseTxHash(text);
  if (txHash !== undefined) return txHash;
  throw new UsageError(`expected one transaction id of 64 hex characters, found "${text}"`);
}

export function readSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--timeout: expected a whole number of seconds, found "${text}"`);
}

export function readAge(text: string): number {
  const ageMs = durationMs(text);
  if (ageMs !== undefined) return ageMs;
  throw new UsageError(`--overlap: expected an age such as 24h, found "${text}"`);
}

export function readTime(option: string, text: string, nowMs: number): number {
  const ageMs = durationMs(text);
  if (ageMs !== undefined) return nowMs - ageMs;
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new UsageError(`${option}: expected ISO 8601 or an age such as 24h, found "${text}"`);
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90m`, `24h` and the like; undefined for other text. */
function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNITS_MS[unit] ?? 0);
}
