import { DONE, err, ok, pathOf, type Result } from '@x402-facilitator/cardano';

/** Payments nest far less deeply. */
const MAX_DEPTH = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Parses a request body from a stranger. Besides invalid JSON it refuses what would do harm later: bytes that are not
 * UTF-8, nesting too deep for recursion, keys that touch prototypes, and numbers and strings that have no canonical
 * form (RFC 8785), because the binding of a settlement is a digest over that form.
 *
 * @returns the body, or what is wrong with it as `<path>: <what>`.
 */
export function parseJsonBody(bytes: Uint8Array): Result<unknown, string> {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return unusable('expected UTF-8, found other bytes');
  }
  if (text.trim() === '') return unusable('expected a JSON object, found nothing');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be a signed transaction.
    return unusable('expected JSON, found a syntax error');
  }
  const checked = checkTree(value);
  return checked.ok ? ok(value) : unusable(checked.error);
}

function unusable(problem: string): Result<never, string> {
  return err(problem.includes(': ') ? problem : `body: ${problem}`);
}

type Place = { readonly value: unknown; readonly name: string | number; readonly parent: Place | undefined };

/** Searches without recursion, so that deep nesting cannot overflow this check's stack. */
function checkTree(root: unknown): Result<undefined, string> {
  let level: Place[] = [{ value: root, name: '', parent: undefined }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return err(`expected at most ${MAX_DEPTH} levels of nesting, found more`);
    const next: Place[] = [];
    for (const place of level) {
      const checked = checkValue(place.value);
      if (!checked.ok) return err(`${describePlace(place)}: ${checked.error}`);
      for (const [name, value] of childrenOf(place.value)) next.push({ value, name, parent: place });
    }
    level = next;
  }
  return DONE;
}

function checkValue(value: unknown): Result<undefined, string> {
  if (typeof value === 'number' && !Number.isFinite(value))
    return err('expected a number that fits 64-bit floating point, found a larger one');
  if (typeof value === 'string' && LONE_SURROGATE.test(value))
    return err('expected Unicode text, found half of a surrogate pair');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return DONE;
  const keys = Object.keys(value);
  if (keys.includes('__proto__')) return err('the key __proto__ is not allowed');
  if (keys.some((key) => LONE_SURROGATE.test(key)))
    return err('expected Unicode keys, found half of a surrogate pair');
  return DONE;
}

function childrenOf(value: unknown): Iterable<readonly [string | number, unknown]> {
  if (Array.isArray(value)) return value.entries();
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function describePlace(place: Place): string {
  const path: (string | number)[] = [];
  for (let at: Place = place; at.parent !== undefined; at = at.parent) path.unshift(at.name);
  const text = pathOf(path);
  if (text === '') return 'body';
  return text.length > 200 || LONE_SURROGATE.test(text)
    ? `${text.slice(0, 100).replace(/\p{Surrogate}/gu, '?')}…`
    : text;
}
