import { createLogger, startTelemetry } from '@x402-facilitator/shared/telemetry';
import { configFrom, REDACTED_NAMES } from '@x402-facilitator/shared/testing';
import { afterAll, expect, it } from 'vitest';
import { startSentryIngest } from './support/sentry-ingest.js';

const sentry = await startSentryIngest();
afterAll(() => sentry.close());

const SEED = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const PROJECT_ID = 'previewAbCdEfGhIjKlMnOpQrStUvWxYz012345';
const PASSWORD = 'correct-horse-battery';
const SIGNED = Buffer.alloc(400, 0xa7).toString('base64');

/** A worker that knows all secrets, and whose code puts each of them in a wrong place. */
it('no secret in an error, its cause, a tag or a span reaches Sentry', async () => {
  const config = configFrom({
    sentry: { dsn: sentry.dsn, tracesSampleRate: 1 },
    chain: {
      blockfrost: { projectId: PROJECT_ID, url: 'http://127.0.0.1:9' },
      facilitator: { seedPhrase: SEED },
      redis: { password: PASSWORD },
    },
  });
  const telemetry = await startTelemetry({
    config,
    tier: 'worker',
    version: '1.2.3',
    logger: createLogger({ tier: 'worker', logging: { level: 'silent', pretty: false } }),
  });
  const secrets = [SEED, PROJECT_ID, PASSWORD, SIGNED];
  const quoting = secrets.join(' and ');
  telemetry.errors?.report({
    what: 'careless',
    error: new Error(`found ${quoting}`, { cause: new TypeError(`because of ${quoting}`) }),
    tags: {
      network: 'cardano:preview',
      transaction: 'ab'.repeat(32),
      text: PASSWORD,
      ...Object.fromEntries(REDACTED_NAMES.map((name) => [name, 'LEAK'])),
    },
  });
  const attributes = Object.fromEntries(REDACTED_NAMES.map((name) => [name, 'LEAK']));
  telemetry.tracing?.record('careless', {
    startMs: 1,
    endMs: 2,
    attributes: { ...attributes, text: quoting },
  });
  await telemetry.close(5_000);

  expect(sentry.events()).toMatchObject([
    {
      release: '1.2.3',
      environment: 'development',
      tags: { tier: 'worker', network: 'cardano:preview', transaction: 'ab'.repeat(32), text: '[redacted]' },
      exception: { values: [{ type: 'TypeError' }, { type: 'Error' }] },
    },
  ]);
  expect(sentry.transactions()).toMatchObject([{ transaction: 'careless' }]);
  for (const secret of [...secrets, 'LEAK']) expect(sentry.raw()).not.toContain(secret);
});
