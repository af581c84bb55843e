import type { Redis } from 'ioredis';
import { type AcknowledgedWrites, NotReplicatedError } from './acknowledged-writes.js';
import { JournalUnavailableError } from './answered.js';
import { defineScript, type Script } from './define-script.js';

/** An operator's word was written, and a fail-over could still lose it: it does not count as said. */
export class WordNotReplicatedError extends JournalUnavailableError {
  override readonly name = 'WordNotReplicatedError';
  override readonly publicMessage: string;

  constructor(cause: NotReplicatedError) {
    const message = `it is in force, but ${cause.message}: a fail-over may take it back. Say it again once they follow`;
    super(message, { cause });
    this.publicMessage = message;
  }
}

/**
 * A script that writes an operator's word. Where replicas must acknowledge, it resolves only once they have it, with all that
 * was written before it. Said again it must do no more than the first time.
 *
 * @throws WordNotReplicatedError from the script.
 */
export function defineWord(
  redis: Redis,
  acknowledged: AcknowledgedWrites | undefined,
  script: { readonly name: string; readonly lua: string },
): Script {
  if (acknowledged === undefined) return defineScript(redis, script);
  const say = acknowledged.defineScript(script);
  return async (keys, args) => {
    try {
      return await say(keys, args);
    } catch (error) {
      throw error instanceof NotReplicatedError ? new WordNotReplicatedError(error) : error;
    }
  };
}
