export const CENSOR = '[redacted]';

/** What gives itself away by its shape, wherever it stands. */
const SHAPES: readonly RegExp[] = [
  // A signed transaction, in hex or base64; ids have 64 digits and addresses at most 108 characters.
  /[A-Za-z0-9+/_-]{129,}={0,2}/g,
  /\b(?:mainnet|preprod|preview)[A-Za-z0-9]{32}\b/g,
  /\bed25519e?_sk1[a-z0-9]+/g,
  /(?<=\bBearer )\S+/gi,
  // A password in a URL.
  /(?<=:\/\/)[^/@\s]+(?=@)/g,
];

/** Shorter ones are no secrets: cut out everywhere, they would leave nothing to read. */
const SHORTEST = 4;

/**
 * Creates a function that cuts the given secrets out of a text, as they are and as JSON writes them.
 *
 * @param secrets those shorter than four characters are left alone.
 */
export function createSecretCensor(secrets: readonly string[]): (text: string) => string {
  const written = secrets
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  // The longest first: what is part of another must not leave the rest of it behind.
  const values = [...new Set(written)].sort((a, b) => b.length - a.length);
  return (text) => values.reduce((rest, value) => rest.replaceAll(value, CENSOR), text);
}

/** The same, and whatever has the shape of a key, a signed transaction or a password in a URL. */
export function createTextScrubber(secrets: readonly string[]): (text: string) => string {
  const censor = createSecretCensor(secrets);
  return (text) => SHAPES.reduce((rest, shape) => rest.replace(shape, CENSOR), censor(text));
}
