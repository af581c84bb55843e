const MAX_LENGTH = 1_000;

/**
 * Text from a provider, made fit for a message or a log: one line of limited length, and without our credential even if
 * the provider repeated it.
 */
export function safeLine(text: string, secret: string | undefined): string {
  const masked = secret === undefined || secret === '' ? text : text.replaceAll(secret, '[project id]');
  const line = masked.replace(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
