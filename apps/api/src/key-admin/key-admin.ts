import type { KeyProblem, KeyStore, StoredKey } from '@x402-facilitator/journal';
import { KEY_OVERLAP_MS, toKeyReport } from '@x402-facilitator/shared/operations';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type KeyRegistry, wordsOf } from '../keys/index.js';
import { presentedKey } from '../plugins/app/caller.js';
import { problemOf, unauthorized } from '../plugins/app/errors.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import type { ReadUsage } from '../services/read-usage.js';

export type KeyAdminOptions = {
  readonly store: KeyStore;
  readonly registry: Pick<KeyRegistry, 'find'>;
  readonly readUsage: ReadUsage;
  /** Names of the keys that the configuration lists: no other key may have one. */
  readonly configured: readonly string[];
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the key of an admin or an operator. */
    admin: string;
  }
}

const named = { params: z.object({ name: z.string().max(64) }) };
const settingsBody = z.looseObject({});

/**
 * `/admin/api/keys`: the keys of callers, for programs. Admins' keys and operators' keys open it, by a header alone: a browser
 * sends none by itself. It neither shows nor makes admins' keys: that needs a shell with the server's configuration.
 */
export const keyAdminPlugin: FastifyPluginAsyncZod<KeyAdminOptions> = async (app, options) => {
  const { store, registry, readUsage, configured, logger } = options;

  app.decorateRequest('admin', '');
  app.setErrorHandler(async (error, _request, reply) => {
    const { statusCode, code, headers, message } = problemOf(error);
    if (statusCode >= 500) logger.error({ error }, 'the API of keys failed');
    return reply.code(statusCode).headers(headers).send({ error: code, message });
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    request.admin = await adminOf(request);
  });

  /** @throws HttpProblem 401, JournalUnavailableError */
  async function adminOf(request: FastifyRequest): Promise<string> {
    if (request.caller.kind === 'key') return request.caller.key.name;
    const presented = presentedKey(request);
    if (!presented.ok) throw unauthorized(presented.error);
    const { key, header } = presented.value;
    const found = await registry.find(key);
    if (found.kind !== 'known') throw unauthorized(wordsOf(found, header));
    if (found.key.role === 'admin') return found.key.name;
    throw unauthorized(`the key in the ${header} header is a caller's: only an admin's manages keys`);
  }

  async function callersKey(name: string): Promise<StoredKey> {
    const key = await store.read(name);
    if (key?.role === 'caller') return key;
    throw new HttpProblem(404, 'not_found', 'no key of a caller has this name');
  }

  const said = (request: FastifyRequest, name: string, what: string) =>
    logger.warn({ metadata: { admin: request.admin, key: name } }, `a key was ${what}`);

  app.get('/admin/api/keys', async () => {
    const { keys, unreadable } = await store.list();
    return { keys: keys.filter(({ role }) => role === 'caller').map(toKeyReport), unreadable };
  });

  app.post(
    '/admin/api/keys',
    { schema: { body: z.strictObject({ name: z.string(), settings: settingsBody.optional() }) } },
    async (request, reply) => {
      const { name, settings } = request.body;
      if (configured.includes(name))
        throw new HttpProblem(409, 'key_exists', `the configuration lists a key named ${name}`);
      const made = await store.create({ name, role: 'caller', settings });
      if (!made.ok) throw toProblem(made.error);
      said(request, name, 'made');
      return reply.code(201).send({ key: toKeyReport(made.value.key), secret: made.value.secret });
    },
  );

  app.get('/admin/api/keys/:name', { schema: named }, async ({ params }) => ({
    key: toKeyReport(await callersKey(params.name)),
  }));

  app.get('/admin/api/keys/:name/usage', { schema: named }, async ({ params }) =>
    readUsage(await callersKey(params.name)),
  );

  app.patch('/admin/api/keys/:name', { schema: { ...named, body: settingsBody } }, async (request) => {
    const { name } = await callersKey(request.params.name);
    const changed = await store.change(name, request.body);
    if (!changed.ok) throw toProblem(changed.error);
    said(request, name, 'changed');
    return { key: toKeyReport(changed.value) };
  });

  const rotation = z.strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(366 * 86_400)
      .default(KEY_OVERLAP_MS / 1000),
  });
  app.post('/admin/api/keys/:name/rotate', { schema: { ...named, body: rotation } }, async (request) => {
    const { name } = await callersKey(request.params.name);
    const rotated = await store.rotate(name, request.body.overlapSeconds * 1000);
    if (!rotated.ok) throw toProblem(rotated.error);
    said(request, name, 'rotated');
    return { key: toKeyReport(rotated.value.key), secret: rotated.value.secret };
  });

  app.post(
    '/admin/api/keys/:name/revoke',
    { schema: { ...named, body: z.strictObject({ reason: z.string().trim().min(1).max(200) }) } },
    async (request) => {
      const { name } = await callersKey(request.params.name);
      const revoked = await store.revoke(name, request.body.reason);
      if (!revoked.ok) throw toProblem(revoked.error);
      said(request, name, 'revoked');
      return { key: toKeyReport(revoked.value) };
    },
  );
};

function toProblem({ kind, message }: KeyProblem): HttpProblem {
  switch (kind) {
    case 'unknown':
      return new HttpProblem(404, 'not_found', message);
    case 'taken':
      return new HttpProblem(409, 'key_exists', message);
    case 'revoked':
      return new HttpProblem(409, 'key_revoked', message);
    case 'invalid':
    case 'full':
      return new HttpProblem(400, 'invalid_request', message);
    case 'busy':
      return new HttpProblem(503, 'unavailable', message, { 'retry-after': '1' });
  }
}
