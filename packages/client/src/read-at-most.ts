import { concatBytes } from '@x402-facilitator/cardano/ledger';

/**
 * Reads the body of an answer.
 *
 * @param signal ends it, whether or not the request has it too: Node 20 stops listening to a request's signal when it
 *   collects garbage while the body is read.
 * @throws Error when it has more bytes than `most`; no more than that is read. The signal's reason when that fires.
 */
export async function readAtMost(response: Response, most: number, signal: AbortSignal): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', stop);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return concatBytes(chunks);
      size += value.length;
      if (size > most) {
        await reader.cancel();
        throw new Error(`expected an answer of at most ${most} bytes, found more`);
      }
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The same as text in UTF-8. */
export async function readTextAtMost(response: Response, most: number, signal: AbortSignal): Promise<string> {
  return new TextDecoder().decode(await readAtMost(response, most, signal));
}
