import cookie from '@fastify/cookie';
import type { OperatorSessions } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { z } from 'zod';
import { findKey } from '../plugins/app/caller.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import { renderSignInPage } from './pages/index.js';
import { isSameOrigin } from './same-origin.js';

/** Only the page of this host sends it back, by https or from this machine, and no script reads it. */
const COOKIE = '__Host-x402-operator';
const COOKIE_OPTIONS = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the operator's key; undefined before anyone has signed in. */
    operator: string | undefined;
  }
}

/**
 * Lets in holders of an operator's key: by a header, or by a session that a browser begins with it. A session ends with the
 * key: when the configuration lists it no more.
 */
export const signInPlugin = fp<{
  readonly keys: Config['security']['operatorKeys'];
  readonly sessions: OperatorSessions;
  readonly logger: Logger;
}>(
  async (app, { keys, sessions, logger }) => {
    await app.register(cookie);
    app.decorateRequest('operator');

    const operatorOf = async ({ caller, cookies }: FastifyRequest) => {
      if (caller.kind === 'key') return caller.key.name;
      const token = cookies[COOKIE];
      const digest = token === undefined ? undefined : await sessions.read(token);
      return keys.find(({ sha256 }) => sha256 === digest)?.name;
    };

    app.addHook('onRequest', async (request, reply) => {
      const { method, routeOptions } = request;
      // A header is sent by a program that means it. A cookie is sent by whatever page makes the browser ask.
      if (method !== 'GET' && request.caller.kind !== 'key' && !isSameOrigin(request))
        throw new HttpProblem(
          403,
          'unauthorized',
          'expected a request from this page, found one from another',
        );
      if (routeOptions.config.access === 'sign-in') return;
      request.operator = await operatorOf(request);
      if (request.operator !== undefined) return;
      reply.code(401).header('www-authenticate', 'Bearer realm="x402-facilitator operators"');
      const { authorization } = request.headers;
      const problem =
        authorization === undefined || request.caller.kind === 'key' ? undefined : request.caller.problem;
      return reply.type('text/html; charset=utf-8').send(renderSignInPage({ problem }));
    });

    app.post(
      '/admin/sign-in',
      {
        config: { access: 'sign-in', budget: 'sensitive' },
        schema: { hide: true, body: z.object({ key: z.string().max(1024) }) },
      },
      async (request, reply) => {
        const { key: text } = request.body as { key: string };
        const key = findKey(text.trim(), keys);
        if (key === undefined) {
          logger.warn({ metadata: { address: request.ip } }, 'a wrong key was shown to the operators’ page');
          return reply
            .code(401)
            .type('text/html; charset=utf-8')
            .send(renderSignInPage({ problem: 'This key is not known here.' }));
        }
        const token = await sessions.begin(key.sha256);
        logger.info({ metadata: { operator: key.name, address: request.ip } }, 'an operator signed in');
        return reply.setCookie(COOKIE, token, COOKIE_OPTIONS).redirect('/admin?signed-in', 303);
      },
    );

    app.post('/admin/sign-out', { schema: { hide: true } }, async (request, reply) => {
      const token = request.cookies[COOKIE];
      if (token !== undefined) await sessions.end(token);
      return reply.clearCookie(COOKIE, COOKIE_OPTIONS).redirect('/admin', 303);
    });
  },
  { name: 'operators-sign-in', dependencies: ['identify-caller', 'limits'] },
);
