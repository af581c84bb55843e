/**
 * Reads the body of an answer as text.
 *
 * @throws Error when it has more bytes than `most`; no more than that is read.
 */
export async function readAtMost(response: Response, most: number): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error(`expected an answer of at most ${most} bytes, found more`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
