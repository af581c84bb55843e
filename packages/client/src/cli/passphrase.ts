import { readSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Where a passphrase comes from. It is never an argument, which other users of a machine can read. */
export type PassphraseSource = {
  /** The name of an environment variable that holds it. */
  readonly passphraseEnv?: string | undefined;
  /** A file descriptor to read its first line from. */
  readonly passphraseFd?: string | undefined;
};

const MAX_BYTES = 4096;

/**
 * Reads the passphrase from where the options say, else asks for it at the terminal, without showing it.
 *
 * @throws Error when there is none.
 */
export async function readPassphrase(source: PassphraseSource, question: string): Promise<string> {
  if (source.passphraseEnv !== undefined) {
    const found = process.env[source.passphraseEnv];
    if (found === undefined || found === '')
      throw new Error(
        `expected a passphrase in the environment variable ${source.passphraseEnv}, found none`,
      );
    return found;
  }
  if (source.passphraseFd !== undefined) return firstLineOf(Number(source.passphraseFd));
  return ask(question);
}

/** Asks for a line at the terminal, without showing it. */
export async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new Error('expected a terminal to ask at, found none: name --passphrase-env or --passphrase-fd');
  process.stderr.write(`${question}: `);
  const silent = new Writable({ write: (_, __, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** The first line of an open file. */
export function firstLineOf(descriptor: number): string {
  if (!Number.isInteger(descriptor) || descriptor < 0)
    throw new Error(`expected the number of an open file, found ${descriptor}`);
  const bytes = Buffer.alloc(MAX_BYTES);
  let length = 0;
  while (length < MAX_BYTES) {
    const read = readSync(descriptor, bytes, length, MAX_BYTES - length, null);
    length += read;
    if (read === 0 || bytes.subarray(0, length).includes(0x0a)) break;
  }
  const [line = ''] = bytes.toString('utf8', 0, length).split(/\r?\n/);
  if (line === '') throw new Error(`expected a line from the file ${descriptor}, found none`);
  return line;
}
