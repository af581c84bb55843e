import { REDACTED_NAMES } from '../redaction.js';

const CENSOR = '[redacted]';
/** Deep enough for an event with its stack traces; what is below is cut off. */
const DEPTH = 12;

const NAMES = new Set(REDACTED_NAMES.map(plain));

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

/**
 * Creates a function that copies a value without what must not leave the process: values under the names of
 * `REDACTED_NAMES` at any depth, the given secrets wherever they occur, and what has the shape of a key or a payload.
 *
 * @param secrets the secrets of this process; shorter ones than four characters are no secrets and left alone.
 */
export function createScrubber(secrets: readonly string[]): <Value>(value: Value) => Value {
  const values = secrets.filter((secret) => secret.length >= 4);

  const text = (found: string): string =>
    SHAPES.reduce(
      (rest, shape) => rest.replace(shape, CENSOR),
      values.reduce((rest, secret) => rest.replaceAll(secret, CENSOR), found),
    );

  const copy = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === 0) return CENSOR;
    if (Array.isArray(value)) return value.map((item) => copy(item, depth - 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        NAMES.has(plain(name)) ? CENSOR : copy(item, depth - 1),
      ]),
    );
  };
  return (value) => copy(value, DEPTH) as typeof value;
}

/** `x-api-key`, `apiKey` and `API_KEY` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
