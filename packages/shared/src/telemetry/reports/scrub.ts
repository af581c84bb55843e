import { REDACTED_NAMES } from '../redaction.js';
import { CENSOR, createTextScrubber } from '../secret-text.js';

/** Deep enough for an event with its stack traces; what is below is cut off. */
const DEPTH = 12;

const NAMES = new Set(REDACTED_NAMES.map(plain));

/**
 * Creates a function that copies a value without what must not leave the process: values under the names of
 * `REDACTED_NAMES` at any depth, the given secrets wherever they occur, and what has the shape of a key or a payload.
 *
 * @param secrets the secrets of this process; shorter ones than four characters are no secrets and left alone.
 */
export function createScrubber(secrets: readonly string[]): <Value>(value: Value) => Value {
  const text = createTextScrubber(secrets);

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
