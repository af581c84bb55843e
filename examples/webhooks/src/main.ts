import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const { WEBHOOK_SECRET: secret = '', EVENTS: file = 'events.ndjson', HOST = '127.0.0.1' } = process.env;
const PORT = Number(process.env.PORT ?? 4030);
/** More than any event. */
const MAX_BYTES = 131_072;

/** Checks the signature, and that the request is at most five minutes old. */
const webhook = new Webhook(secret);

// A shop keeps the ids in its database, in the transaction that acts on the event.
const seen = new Set(
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).id)
    : [],
);

/** The bytes as they came: a body that was parsed and written again has another signature. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns the status of the answer. */
async function receive(request: IncomingMessage): Promise<number> {
  const body = await readBody(request);
  if (body === undefined) return 413;
  const header = (name: string) => String(request.headers[name] ?? '');
  const id = header('webhook-id');
  try {
    webhook.verify(body, {
      'webhook-id': id,
      'webhook-timestamp': header('webhook-timestamp'),
      'webhook-signature': header('webhook-signature'),
    });
  } catch (error) {
    if (error instanceof WebhookVerificationError) return 401;
    throw error;
  }
  // It is sent again until it was answered: the second time there is nothing to do.
  if (seen.has(id)) return 200;
  const event = JSON.parse(body);
  appendFileSync(file, `${JSON.stringify({ id, ...event })}\n`);
  seen.add(id);
  process.stdout.write(`${event.type} ${event.data.transaction ?? ''}\n`);
  return 200;
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    // Not received: the facilitator sends it again.
    () => response.writeHead(500).end(),
  );
});
server.listen(PORT, HOST, () => process.stdout.write(`listening on http://${HOST}:${PORT}\n`));
