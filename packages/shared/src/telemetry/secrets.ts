/** Replaces a secret. */
const CENSOR = '[redacted]';

/**
 * Names whose values never leave the process: keys, seeds, project ids, authorization headers, signed transactions,
 * payment headers and committed content.
 */
export const REDACTED_NAMES = [
  'apiKey',
  'authorization',
  'cookie',
  'dsn',
  'inputCommitment',
  'masterSecret',
  'password',
  'payment-signature',
  'paymentPayload',
  'payload',
  'previousMasterSecret',
  'privateKey',
  'project_id',
  'projectId',
  'secret',
  'seed',
  'seedPhrase',
  'signedTransaction',
  'token',
  'x-api-key',
  'x-payment',
] as const;

const NAMES: ReadonlySet<string> = new Set(REDACTED_NAMES);
const PLAIN_NAMES: ReadonlySet<string> = new Set(REDACTED_NAMES.map(plain));

/** Secrets that are recognised by their shape, anywhere in a text. */
const SHAPES: readonly RegExp[] = [
  // A signed transaction, in hex or base64; ids have 64 digits and addresses at most 108 characters.
  /[A-Za-z0-9+/_-]{129,}={0,2}/g,
  /\b(?:mainnet|preprod|preview)[A-Za-z0-9]{32}\b/g,
  /\bed25519e?_sk1[a-z0-9]+/g,
  /(?<=\bBearer )\S+/gi,
  // A password in a URL.
  /(?<=:\/\/)[^/@\s]+(?=@)/g,
];

/** Cutting out shorter ones would make texts unreadable. */
const SHORTEST = 4;

/** How deep in a logged object names are searched. */
const LOG_DEPTH = 4;

/** Deep enough for an event with its stack traces. Deeper values are cut off. */
const REPORT_DEPTH = 12;

/**
 * Returns an object as it may be logged: itself, or a copy that censors the values under the names above, down to
 * `LOG_DEPTH`. It searches for all names in one pass. pino's own `redact` needs a pass per name and depth, which cost
 * more than decoding the request's signature.
 */
export function redacted<Line extends object>(line: Line): Line {
  return censored(line, 1);
}

function censored<Value extends object>(value: Value, depth: number): Value {
  let copy: Value | undefined;
  for (const [name, member] of Object.entries(value)) {
    const isSecret = NAMES.has(name);
    // Errors have their own serializer, which writes four fields.
    const isInner = typeof member === 'object' && member !== null && !(member instanceof Error);
    const shown = isSecret ? CENSOR : isInner && depth < LOG_DEPTH ? censored(member, depth + 1) : member;
    if (shown === member) continue;
    copy ??= Array.isArray(value) ? ([...value] as Value & unknown[]) : { ...value };
    Reflect.set(copy, name, shown);
  }
  return copy ?? value;
}

/**
 * Creates a function that cuts the given secrets out of a text, both plain and as JSON escapes them.
 *
 * @param secrets those shorter than four characters are not cut out.
 */
export function createSecretCensor(secrets: readonly string[]): (text: string) => string {
  const written = secrets
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  // The longest first: a secret may contain another one, and cutting that first would leave the rest.
  const values = [...new Set(written)].sort((a, b) => b.length - a.length);
  return (text) => values.reduce((rest, value) => rest.replaceAll(value, CENSOR), text);
}

/** The same, and also cuts out text with the shape of a key, a signed transaction or a password in a URL. */
export function createTextScrubber(secrets: readonly string[]): (text: string) => string {
  const censor = createSecretCensor(secrets);
  return (text) => SHAPES.reduce((rest, shape) => rest.replace(shape, CENSOR), censor(text));
}

/**
 * Creates a function that copies a value for an outside receiver, without the values under `REDACTED_NAMES` at any
 * depth and with every text scrubbed.
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
        PLAIN_NAMES.has(plain(name)) ? CENSOR : copy(item, depth - 1),
      ]),
    );
  };
  return (value) => copy(value, REPORT_DEPTH) as typeof value;
}

/** `x-api-key`, `apiKey` and `API_KEY` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
