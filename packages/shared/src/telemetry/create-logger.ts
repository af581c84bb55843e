import type { Writable } from 'node:stream';
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Tier } from '../config/load-config.js';
import type { Settings } from '../config/schema/index.js';
import { createSecretCensor, createTextScrubber, redacted } from './secrets.js';
import { traceFields } from './tracing/index.js';

export type { Logger } from 'pino';

/** The name of the whole service in logs, metrics and traces. */
export const SERVICE_NAME = 'x402-facilitator';

/** pino's own words and the four that our logs know. */
const LEVEL_WORDS: Readonly<Record<string, string>> = { trace: 'debug', fatal: 'error' };

/**
 * The logger of a process: one JSON object per line with `timestamp`, `level`, `message`, `service` and `tier` first,
 * then the line's own fields (docs/operations/watch.md, "Log queries").
 *
 * @param options.secrets of this process: cut out of every line, anywhere in it.
 * @param options.context fields for every line, read when it is logged. By default those of the running trace.
 * @param options.destination where the lines go; standard output when left out.
 */
export function createLogger(options: {
  readonly tier: Tier;
  readonly logging: Settings['logging'];
  readonly secrets?: readonly string[];
  readonly context?: () => Readonly<Record<string, unknown>> | undefined;
  readonly destination?: Writable;
}): Logger {
  const { tier, logging, secrets = [], context = traceFields, destination } = options;
  const scrub = createTextScrubber(secrets);
  const logger = pino(
    {
      level: logging.level,
      base: { service: SERVICE_NAME, tier },
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ level: LEVEL_WORDS[label] ?? label }),
        log: (line) => redacted(withOneNameForErrors(line)),
      },
      serializers: { error: (error) => errorRecord(error, scrub) },
      mixin: () => ({ ...context() }),
      // Secrets are cut by value from every line, at one search per secret. Only text that others wrote, which is rare,
      // is also searched by shape.
      hooks: { streamWrite: createSecretCensor(secrets) },
    },
    logging.pretty ? prettyStream(destination) : (destination ?? pino.destination(1)),
  );
  // A child's bindings pass no formatter. Children inherit this, so that their bindings are redacted too.
  const { child } = logger;
  logger.child = function childOf(this: Logger, bindings, options) {
    return child.call(this, redacted(bindings), options);
  } as typeof child;
  return logger;
}

/** Libraries log an exception as `err`, we log it as `error`. Both become `error {name, message, stack}`. */
function withOneNameForErrors(line: Record<string, unknown>): Record<string, unknown> {
  if (line.err === undefined) return line;
  const { err, ...rest } = line;
  return { error: err, ...rest };
}

function errorRecord(error: unknown, scrub: (text: string) => string): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    name,
    message: scrub(message),
    stack: stack === undefined ? undefined : scrub(stack),
    ...(cause instanceof Error ? { cause: scrub(`${cause.name}: ${cause.message}`) } : {}),
  };
}

function prettyStream(destination: Writable | undefined): DestinationStream {
  return pretty({
    messageKey: 'message',
    timestampKey: 'timestamp',
    levelKey: 'level',
    errorLikeObjectKeys: ['error'],
    ignore: 'service',
    sync: true,
    ...(destination === undefined ? {} : { destination }),
  });
}
