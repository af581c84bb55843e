import { Writable } from 'node:stream';
import { createLogger, type Logger } from '@x402-facilitator/shared/telemetry';
import { REDACTED_NAMES } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';

type Options = Partial<Parameters<typeof createLogger>[0]>;

/** What a logger writes, line by line. */
function capture(use: (logger: Logger) => void, options: Options = {}): string[] {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  use(createLogger({ tier: 'api', logging: { level: 'info', pretty: false }, destination, ...options }));
  return lines;
}

function record(use: (logger: Logger) => void, options: Options = {}): Record<string, unknown> {
  const [line, ...more] = capture(use, options);
  expect(more).toEqual([]);
  return JSON.parse(line ?? 'null');
}

describe('a line of the log', () => {
  test('is one JSON object with time, level, message, service and tier, and no facts about the machine', () => {
    const line = record((logger) => logger.info({ network: 'cardano:preview' }, 'settlement confirmed'));
    expect(line).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      message: 'settlement confirmed',
      service: 'x402-facilitator',
      tier: 'api',
      network: 'cardano:preview',
    });
  });

  test('knows four levels, as words', () => {
    const levels = (['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const).map(
      (level) => record((logger) => logger[level]('x'), { logging: { level: 'trace', pretty: false } }).level,
    );
    expect(levels).toEqual(['debug', 'debug', 'info', 'warn', 'error', 'error']);
  });

  test('holds an exception as name, message, stack and the words of its cause', () => {
    const error = new TypeError('no answer', { cause: new RangeError('too deep') });
    for (const log of [
      (logger: Logger) => logger.error({ error }, 'failed'),
      (logger: Logger) => logger.error({ err: error }, 'failed'),
      (logger: Logger) => logger.error(error, 'failed'),
    ])
      expect(record(log).error).toEqual({
        name: 'TypeError',
        message: 'no answer',
        stack: expect.stringContaining('create-logger.test'),
        cause: 'RangeError: too deep',
      });
  });

  test('carries the fields of the running context', () => {
    const line = record((logger) => logger.child({ reqId: 'r1' }).info('x'), {
      context: () => ({ traceId: 't1' }),
    });
    expect(line).toMatchObject({ traceId: 't1', reqId: 'r1' });
  });

  test('in development is text that a person can read', () => {
    const [line = ''] = capture((logger) => logger.info({ statusCode: 200 }, 'hello'), {
      logging: { level: 'info', pretty: true },
    });
    expect(() => JSON.parse(line)).toThrow(SyntaxError);
    expect(line).toContain('hello');
    expect(line).toContain('statusCode');
  });
});

describe('secrets', () => {
  test('are redacted by name at any depth that we log', () => {
    for (const name of REDACTED_NAMES) {
      const nested = { [name]: 'LEAK', a: { [name]: 'LEAK', b: { [name]: 'LEAK', c: { [name]: 'LEAK' } } } };
      const [line = ''] = capture((logger) => logger.info(nested, 'x'));
      expect(line).not.toContain('LEAK');
      expect(line.split('[redacted]')).toHaveLength(5);
    }
  });

  test('are redacted in the bindings of a child logger as well', () => {
    const [line = ''] = capture((logger) =>
      logger
        .child({ headers: { authorization: 'LEAK' } })
        .child({ token: 'LEAK', reqId: 'r1' }, {})
        .info('x'),
    );
    expect(line).not.toContain('LEAK');
    expect(JSON.parse(line)).toMatchObject({ headers: { authorization: '[redacted]' }, reqId: 'r1' });
  });

  test('are redacted in lists, and the logged object itself is not changed', () => {
    const logged = { calls: [{ token: 'LEAK' }, { operation: 'submit' }] };
    const line = record((logger) => logger.info(logged, 'x'));
    expect(line.calls).toEqual([{ token: '[redacted]' }, { operation: 'submit' }]);
    expect(logged.calls[0]).toEqual({ token: 'LEAK' });
  });

  test('of the process are cut out everywhere: message, binding, error, stack and cause', () => {
    const [plain, quoted] = ['correct horse battery', 'with "quotes" and \\'];
    const error = new Error(`refused ${plain}`, { cause: new Error(`because of ${quoted}`) });
    const [line = ''] = capture(
      (logger) => logger.child({ at: `https://${plain}/` }).error({ error, metadata: { quoted } }, plain),
      { secrets: [quoted, plain] },
    );
    expect(line).not.toContain(plain);
    expect(line).not.toContain('quotes');
    expect(JSON.parse(line)).toMatchObject({
      at: 'https://[redacted]/',
      message: '[redacted]',
      metadata: { quoted: '[redacted]' },
      error: { message: 'refused [redacted]', cause: 'Error: because of [redacted]' },
    });
  });

  test('of others are cut out of an error’s text by their shape', () => {
    const signed = 'ab'.repeat(200);
    const message = `POST https://me:pass@node/ with preview${'k'.repeat(32)} refused ${signed}`;
    const line = record((logger) => logger.error({ error: new Error(message) }, 'x'));
    const said = 'POST https://[redacted]@node/ with [redacted] refused [redacted]';
    expect(line.error).toMatchObject({ message: said, stack: expect.stringContaining(said) });
  });

  test('a transaction id is not a secret', () => {
    expect(record((logger) => logger.info({ transaction: 'ab' }, 'x')).transaction).toBe('ab');
  });
});
