const MAX_LENGTH = 1_000;

/**
 * What a provider said, made fit for a message or a log line: one line, bounded, and without our credential even if
 * the provider echoed it.
 */
export function providerWords(words: string, secret: string | undefined): string {
  const masked = secret === undefined || secret === '' ? words : words.replaceAll(secret, '[project id]');
  const line = masked.replace(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
