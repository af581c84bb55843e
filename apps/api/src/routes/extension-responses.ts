import type { FastifyReply } from 'fastify';
import { BAZAAR } from '../discovery/index.js';
import type { DiscoveryAnswer } from '../services/discovery.js';

/** Tells the resource server, beside the answer, what became of what the payment declares. Buyers do not see it. */
export function sayOfDeclaration(reply: FastifyReply, answer: DiscoveryAnswer | undefined): void {
  if (answer === undefined) return;
  reply.header('extension-responses', Buffer.from(JSON.stringify({ [BAZAAR]: answer })).toString('base64'));
}
