import { concatBytes } from '@x402-facilitator/cardano/ledger';

/**
 * Reads the body of an answer.
 *
 * @throws Error when it has more bytes than `most`; no more than that is read.
 */
export async function readAtMost(response: Response, most: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(chunks);
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error(`expected an answer of at most ${most} bytes, found more`);
    }
    chunks.push(value);
  }
}

/** The same as text in UTF-8. */
export async function readTextAtMost(response: Response, most: number): Promise<string> {
  return new TextDecoder().decode(await readAtMost(response, most));
}
