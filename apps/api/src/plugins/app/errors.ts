import { parseNetwork } from '@x402-facilitator/cardano';
import { JournalUnavailableError } from '@x402-facilitator/journal';
import type {
  ErrorResponse,
  HttpErrorCode,
  SettleResponse,
  VerifyResponse,
} from '@x402-facilitator/shared/wire';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import {
  SETTLEMENT_UNREADABLE,
  SettlementUnreadableError,
  UNREADABLE_RETRY_SECONDS,
} from '../../services/settlement-unreadable.js';
import { HttpProblem } from './http-problem.js';
import './route-config.js';

/** Code of a body that is not of the shape that the scheme asks for. */
const INVALID_PAYLOAD = 'invalid_exact_cardano_payload';

const UNAVAILABLE_RETRY_SECONDS = '5';

/** Tells every HTTP problem in the words of the endpoint that was called. */
export const errorsPlugin = fp(
  async (app) => {
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

/** Answers a request that failed; also for those that never reached a route. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.failure = error;
  const problem = problemOf(error);
  logFault(error, request);
  // Fastify would close the connection on a body that is still coming: its sender would meet a broken pipe instead of
  // the answer. Kept open, the rest is read and dropped, for as long as a request may take to arrive.
  if (problem.statusCode === 413) reply.removeHeader('connection');
  return reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(bodyOf(problem, request)));
}

/** Logs an error that is our own. */
export function logFault(error: unknown, request: FastifyRequest): void {
  if (problemOf(error).statusCode >= 500 && !isExpected(error))
    request.log.error({ error }, 'request failed');
}

/** Redis, or the journal, has said so already. */
function isExpected(error: unknown): boolean {
  return error instanceof JournalUnavailableError || error instanceof SettlementUnreadableError;
}

/** What an error is to the caller. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof JournalUnavailableError)
    return new HttpProblem(503, 'unavailable', 'the settlement journal does not answer', {
      'retry-after': UNAVAILABLE_RETRY_SECONDS,
    });
  if (error instanceof SettlementUnreadableError)
    return new HttpProblem(503, SETTLEMENT_UNREADABLE, error.message, {
      'retry-after': String(UNREADABLE_RETRY_SECONDS),
    });
  const { statusCode, code, message } = fastifyErrorOf(error);
  const known = FASTIFY_PROBLEMS[statusCode];
  if (known !== undefined && statusCode < 500)
    return new HttpProblem(statusCode, known, code === undefined ? message : (WORDS[code] ?? message));
  return new HttpProblem(500, 'internal_error', 'the request could not be processed; the log knows its id');
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
  { statusCode, code, message }: HttpProblem,
  request: FastifyRequest,
): ErrorResponse | VerifyResponse | SettleResponse {
  const shape = request.routeOptions.config.errorShape ?? 'plain';
  const isAboutBody = BODY_STATUSES.has(statusCode);
  if (shape === 'verify' && (isAboutBody || statusCode >= 500))
    return {
      isValid: false,
      invalidReason: isAboutBody ? INVALID_PAYLOAD : 'unexpected_verify_error',
      invalidMessage: message,
      payer: '',
    };
  if (shape === 'settle' && (isAboutBody || statusCode >= 500))
    return {
      success: false,
      errorReason: isAboutBody ? INVALID_PAYLOAD : 'unexpected_settle_error',
      errorMessage: message,
      transaction: '',
      network: networkIn(request.body),
    };
  return { error: code, message };
}

/** Too large, of another type, or not of the shape: what the scheme calls an invalid payload. */
const BODY_STATUSES = new Set([400, 413, 415]);

/** The network that the caller meant, as far as an unusable body tells; else empty. */
function networkIn(body: unknown): string {
  const named = memberOf(memberOf(body, 'paymentRequirements'), 'network');
  return typeof named === 'string' ? (parseNetwork(named) ?? '') : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
