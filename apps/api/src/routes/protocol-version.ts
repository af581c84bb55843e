import { otherVersionIn } from '@x402-facilitator/cardano';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalOf, schemeOf } from '../plugins/app/errors.js';

/**
 * A hook that refuses bodies of another version of the protocol before their shape is judged. It gives a verdict, not an
 * HTTP error: a client of version 1 reads the reason of no other answer.
 */
export function refuseOtherVersions(shape: 'verify' | 'settle') {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const message = otherVersionIn(request.body);
    if (message === undefined) return done();
    const code = schemeOf(request).codes.unsupportedVersion;
    request.facts = { outcome: code };
    reply.send(refusalOf(request, shape, code, message));
  };
}
