import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import process from 'node:process';

// A process of its own: making load must compete neither with what is measured nor with what measures.

/** What to send. It comes as JSON. */
export type SendPlan = {
  readonly url: string;
  /** Sent in turn, from the beginning again when all are sent. */
  readonly bodies: readonly string[];
  /** How many are under way at once. */
  readonly atOnce: number;
  /** It ends after so many answers, or after this time. */
  readonly answers?: number;
  readonly durationMs?: number;
};

export type Sent = {
  /** Of each answer, in milliseconds. */
  readonly latencies: readonly number[];
  /** How often each reason was given; `accepted` for a payment that is good. */
  readonly reasons: Readonly<Record<string, number>>;
};

const [planFile = '', sentFile = ''] = process.argv.slice(2);
await writeFile(sentFile, JSON.stringify(await send(JSON.parse(await readFile(planFile, 'utf8')))));

async function send(plan: SendPlan): Promise<Sent> {
  const {
    url,
    bodies,
    atOnce,
    answers = Number.POSITIVE_INFINITY,
    durationMs = Number.POSITIVE_INFINITY,
  } = plan;
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const latencies: number[] = [];
  const reasons: Record<string, number> = {};
  const startedMs = performance.now();
  let begun = 0;
  const work = async () => {
    while (begun < answers && performance.now() - startedMs < durationMs) {
      const body = bodies[begun++ % bodies.length] ?? '';
      const atMs = performance.now();
      const reason = await post(agent, `${url}/verify`, body);
      latencies.push(performance.now() - atMs);
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  agent.destroy();
  return { latencies, reasons };
}

function post(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode !== 200) resolve(`HTTP ${answer.statusCode}`);
        else resolve(JSON.parse(text).invalidReason ?? 'accepted');
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
