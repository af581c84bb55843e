import { parseNetwork, type Scheme, type SchemeRegistry } from '@x402-facilitator/cardano';
import { LookupLimitError } from '@x402-facilitator/chain';
import { JournalUnavailableError } from '@x402-facilitator/journal';
import type {
  ErrorResponse,
  HttpErrorCode,
  SettleResponse,
  VerifyResponse,
} from '@x402-facilitator/shared/wire';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { KeyRevokedError, QuotaReachedError } from '../../services/key-rules.js';
import {
  SETTLEMENT_UNREADABLE,
  SettlementUnreadableError,
  UNREADABLE_RETRY_SECONDS,
} from '../../services/settlement-unreadable.js';
import { HttpProblem } from './http-problem.js';
import './route-config.js';

const UNAVAILABLE_RETRY_SECONDS = '5';

declare module 'fastify' {
  interface FastifyInstance {
    /** The scheme whose codes refuse a body that does not have the protocol's shape. */
    schemes: SchemeRegistry;
  }
}

/** Answers every HTTP problem in the shape of the endpoint that was called. */
export const errorsPlugin = fp<{ readonly schemes: SchemeRegistry }>(
  async (app, { schemes }) => {
    app.decorate('schemes', schemes);
    app.setErrorHandler(async (error: FastifyError, request, reply) => sendError(error, request, reply));
    app.setNotFoundHandler(async (request) => {
      throw new HttpProblem(
        404,
        'not_found',
        `nothing is served at ${request.method} ${pathOf(request.url)}`,
      );
    });
  },
  { name: 'errors' },
);

/** Answers a failed request, even one that never reached a route. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.failure = error;
  const problem = problemOf(error);
  logFault(error, request);
  // Fastify would close the connection while the body still arrives, and its sender would see a broken pipe instead of
  // the answer. So the connection stays open, and the rest is read and dropped, up to a limit (unread-bodies.ts).
  if (problem.statusCode === 413) reply.removeHeader('connection');
  return reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(bodyOf(problem, request)));
}

/** Logs an error that is this service's own fault. */
export function logFault(error: unknown, request: FastifyRequest): void {
  if (problemOf(error).statusCode >= 500 && !isExpected(error))
    request.log.error({ error }, 'request failed');
}

/** True for errors that were already logged where they occurred. */
function isExpected(error: unknown): boolean {
  return error instanceof JournalUnavailableError || error instanceof SettlementUnreadableError;
}

/** The HTTP problem that the caller gets for an error. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof JournalUnavailableError)
    return new HttpProblem(503, 'unavailable', error.publicMessage, {
      'retry-after': UNAVAILABLE_RETRY_SECONDS,
    });
  if (error instanceof LookupLimitError)
    return new HttpProblem(429, 'lookup_limit_reached', error.message, {
      'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))),
    });
  if (error instanceof QuotaReachedError) return quotaProblem(error);
  if (error instanceof KeyRevokedError) return unauthorized(error.message);
  if (error instanceof SettlementUnreadableError)
    return new HttpProblem(503, SETTLEMENT_UNREADABLE, error.message, {
      'retry-after': String(UNREADABLE_RETRY_SECONDS),
    });
  const { statusCode, code, message } = fastifyErrorOf(error);
  // Only the files of `/docs` are ever forbidden: a path that leaves their folder.
  if (statusCode === 403) return new HttpProblem(404, 'not_found', 'nothing is served at this path');
  const known = FASTIFY_PROBLEMS[statusCode];
  if (known !== undefined && statusCode < 500)
    return new HttpProblem(statusCode, known, code === undefined ? message : (WORDS[code] ?? message));
  return new HttpProblem(500, 'internal_error', 'the request could not be processed; the log knows its id');
}

/** A key that is missing, wrong or no longer good. */
export function unauthorized(message: string): HttpProblem {
  return new HttpProblem(401, 'unauthorized', message, {
    'www-authenticate': 'Bearer realm="x402-facilitator"',
  });
}

function quotaProblem({ message, quota }: QuotaReachedError): HttpProblem {
  const { what, period, asset, limit, used, endsAtMs, nowMs } = quota;
  const retryAfterSeconds = Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000));
  return new HttpProblem(
    429,
    'quota_reached',
    message,
    { 'retry-after': String(retryAfterSeconds) },
    {
      quota: {
        what,
        period,
        ...(asset === undefined ? {} : { asset }),
        limit: String(limit),
        used: String(used),
        endsAt: new Date(endsAtMs).toISOString(),
      },
    },
  );
}

const FASTIFY_PROBLEMS: Readonly<Record<number, HttpErrorCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'invalid_request',
  413: 'payload_too_large',
  414: 'invalid_request',
  415: 'unsupported_media_type',
  431: 'invalid_request',
};

/** Fastify's errors in our words. */
const WORDS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type: expected application/json, found another media type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body: larger than this facilitator accepts',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'content-length: differs from the length of the body',
  FST_ERR_BAD_URL: 'url: not a valid path',
};

function fastifyErrorOf(error: unknown): { statusCode: number; code: string | undefined; message: string } {
  if (!(error instanceof Error)) return { statusCode: 500, code: undefined, message: String(error) };
  const statusCode = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { statusCode, code, message: error.message };
}

function bodyOf(
  { statusCode, code, message, details }: HttpProblem,
  request: FastifyRequest,
): ErrorResponse | VerifyResponse | SettleResponse {
  const { errorShape } = request.routeOptions.config;
  if (errorShape === undefined || errorShape === 'plain') return { error: code, message, ...details };
  if (BODY_STATUSES.has(statusCode))
    return refusalOf(request, errorShape, schemeOf(request).codes.malformedRequest, message);
  if (statusCode < 500) return { error: code, message, ...details };
  const failure = refusalOf(request, errorShape, `unexpected_${errorShape}_error`, message);
  return statusCode === 503 ? { ...failure, extra: { retryable: true } } : failure;
}

/** The scheme of a body that may not have been read. */
export function schemeOf({ body, server }: FastifyRequest): Scheme {
  return server.schemes.of(textIn(memberOf(body, 'paymentRequirements'), 'scheme'));
}

/** A refusal of a body that may not have been read, in the shape of the endpoint. */
export function refusalOf(
  { body }: FastifyRequest,
  shape: 'verify' | 'settle',
  code: string,
  message: string,
): VerifyResponse | SettleResponse {
  if (shape === 'verify') return { isValid: false, invalidReason: code, invalidMessage: message, payer: '' };
  // The network, as far as it can be read.
  const named = textIn(memberOf(body, 'paymentRequirements'), 'network') ?? '';
  const network = parseNetwork(named) ?? '';
  return { success: false, errorReason: code, errorMessage: message, transaction: '', network };
}

/** Too large, of another type, or of another shape: the scheme calls each an invalid payload. */
const BODY_STATUSES = new Set([400, 413, 415]);

function textIn(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
