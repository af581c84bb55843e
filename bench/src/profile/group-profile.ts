/** The parts of a V8 CPU profile that are read here. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
};

/** Parts of the work by the code that does it. The innermost frame that belongs to a part decides. */
const PARTS: readonly (readonly [part: string, code: RegExp])[] = [
  ['signatures', /cardano\/dist\/ledger\/(?:primitives\/ed25519|phase-1\/signatures)/],
  ['decode', /cardano\/dist\/ledger\/(?:cbor|transaction)\//],
  ['rules, and the validator’s question', /cardano\/dist\//],
  ['metrics', /prom-client/],
  ['log', /pino|telemetry\/(?:create-logger|secrets)/],
  ['rate limit', /rate-limit/],
  ['Redis client', /ioredis|journal\/dist\/redis\//],
  ['journal', /journal\/dist\//],
  ['handing over to the thread', /piscina|messageport|worker_threads/],
  ['request and answer: schemas and JSON', /zod|shared\/dist\/wire\//],
  ['security headers', /helmet/],
  ['Fastify', /fastify|find-my-way|avvio/],
  ['verification, chain cache', /(?:shared|chain)\/dist\//],
  ['routes, services', /apps\/api\/dist\//],
  ['HTTP of Node', /node:_http|node:internal\/http|node:net|node:internal\/stream/],
];

const NOT_WORK = /^\(idle\)$/;
const GARBAGE = '(garbage collector)';
/** Modules are loaded before the first request. */
const LOADING = /node:internal\/modules|node:internal\/bootstrap|node:internal\/vm/;

export type Share = { readonly part: string; readonly percent: number };

/** Which share of a thread's working time each part took, the largest first. */
export function groupProfile({ nodes, samples, timeDeltas }: CpuProfile): readonly Share[] {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const partOf = (sample: number): string | undefined => {
    const leaf = frames.get(sample)?.functionName ?? '';
    if (NOT_WORK.test(leaf)) return undefined;
    if (leaf === GARBAGE) return 'garbage collection';
    let found: string | undefined;
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const url = frames.get(id)?.url ?? '';
      if (LOADING.test(url)) return undefined;
      found ??= PARTS.find(([, code]) => code.test(url))?.[0];
    }
    return found ?? 'the rest of Node';
  };
  const known = new Map(nodes.map(({ id }) => [id, partOf(id)]));
  const micros = new Map<string, number>();
  samples.forEach((sample, index) => {
    const part = known.get(sample);
    if (part !== undefined) micros.set(part, (micros.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const total = [...micros.values()].reduce((sum, each) => sum + each, 0);
  return [...micros]
    .map(([part, each]) => ({ part, percent: Math.round((each / total) * 1000) / 10 }))
    .toSorted((one, other) => other.percent - one.percent);
}
