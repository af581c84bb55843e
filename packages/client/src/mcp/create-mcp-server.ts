import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { SpendLimits } from '../payment/index.js';
import {
  type Answer,
  type Buyer,
  fateOf,
  fetchAnswer,
  type PurchaseRecord,
  requiredIn,
} from '../purchase/index.js';

export type McpOptions = {
  /** It has the limits: no tool takes any, so an agent cannot raise them. */
  readonly buyer: Buyer;
  /** The same limits, to show. */
  readonly limits: SpendLimits;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The clock, in POSIX milliseconds. */
  readonly now?: (() => number) | undefined;
};

const LOOK_TIMEOUT_MS = 30_000;
/** What an agent is shown of a resource. */
const MOST_CHARACTERS = 100_000;

const request = {
  url: z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
      'expected an http(s) URL',
    )
    .describe('where the resource is'),
  method: z.enum(['GET', 'POST', 'PUT']).default('GET'),
  body: z.string().optional().describe('the body of the request'),
  contentType: z.string().optional(),
};
type Request = {
  url: string;
  method: 'GET' | 'POST' | 'PUT';
  body?: string | undefined;
  contentType?: string | undefined;
};

const initOf = ({ method, body, contentType }: Request): RequestInit => ({
  method,
  ...(body === undefined ? {} : { body }),
  ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
});

/**
 * A server of the Model Context Protocol by which an agent looks at prices, pays within limits that it cannot raise, and reads what
 * became of a purchase. What a seller says is shown to the agent as data.
 */
export function createMcpServer(options: McpOptions): McpServer {
  const { buyer, limits, fetch = globalThis.fetch, now = Date.now } = options;
  const server = new McpServer({ name: 'x402-cardano', version: '0.1.0' });
  const network = buyer.wallet.network;

  server.registerTool(
    'look_at_price',
    {
      description:
        'Asks what a resource costs, and pays nothing. Shows the limits that the owner of the wallet has set.',
      inputSchema: request,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    (asked) =>
      answering(async () => {
        const answer = await fetchAnswer(fetch, asked.url, initOf(asked), { timeoutMs: LOOK_TIMEOUT_MS });
        const accepts = answer.status === 402 ? (requiredIn(answer)?.accepts ?? []) : [];
        const prices = accepts
          .filter((price) => price.scheme === 'exact' && price.network === network)
          .map(({ asset, amount, payTo, maxTimeoutSeconds }) => ({
            asset,
            amount,
            payTo,
            maxTimeoutSeconds,
          }));
        return { status: answer.status, network, prices, limits: shownLimits(limits) };
      }),
  );

  server.registerTool(
    'pay',
    {
      description:
        'Requests a resource and pays for it within the limits. After an outcome of "open" or "undelivered" call it again with the same arguments: the same payment is shown, never another one.',
      inputSchema: request,
      annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: true },
    },
    (asked) =>
      answering(async () => {
        const bought = await buyer.buy(asked.url, initOf(asked));
        return {
          outcome: bought.outcome,
          status: bought.status,
          purchaseId: bought.purchaseId ?? null,
          transaction: bought.payment?.transactionId ?? null,
          spent: bought.payment === undefined ? {} : textOf(bought.payment.loss),
          resource: shownBody(bought),
        };
      }),
  );

  server.registerTool(
    'read_purchase',
    {
      description:
        'Tells the state of a purchase, or of all of them, and whether its payment is on the ledger.',
      inputSchema: { purchaseId: z.string().optional() },
      annotations: { readOnlyHint: true },
    },
    ({ purchaseId }) =>
      answering(async () => {
        const records = await buyer.store.list();
        const wanted = records.filter(({ id }) => purchaseId === undefined || id === purchaseId);
        if (purchaseId !== undefined && wanted.length === 0) throw new Error('there is no such purchase');
        const withFate = async (record: PurchaseRecord) => ({
          purchaseId: record.id,
          url: record.url,
          state: record.state,
          price: record.price,
          spent: record.payment.loss,
          transaction: record.payment.transactionId,
          signedAt: new Date(record.signedAtMs).toISOString(),
          ...(purchaseId === undefined
            ? {}
            : { payment: await fateOf(record, buyer.wallet.chain, now()).catch(() => 'unknown') }),
        });
        return { purchases: await Promise.all(wanted.map(withFate)) };
      }),
  );
  return server;
}

/** A failure is an answer too: the agent reads why. */
async function answering(work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: JSON.stringify(await work(), null, 2) }] };
  } catch (error) {
    const name = error instanceof Error ? `${error.name}: ` : '';
    const message = error instanceof Error ? error.message : String(error);
    return { isError: true, content: [{ type: 'text', text: `${name}${message}` }] };
  }
}

function shownBody({ body }: Answer): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

const textOf = (amounts: ReadonlyMap<string, bigint>) =>
  Object.fromEntries([...amounts].map(([asset, amount]) => [asset, String(amount)]));

function shownLimits(limits: SpendLimits): unknown {
  if (limits === 'unlimited') return limits;
  return JSON.parse(
    JSON.stringify(limits, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  );
}
