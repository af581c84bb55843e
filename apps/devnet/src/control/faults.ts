import { z } from 'zod';

const target = {
  /**
   * The operations that it matches: `*`, a path, or a method and a path (`POST /tx/submit`, `GET /txs/{hash}/utxos`,
   * `/txs/*`), relative to `/api/v0`, where `*` stands for anything.
   */
  operation: z.string().min(1).default('*'),
  /** How many requests it hits before it is removed. Without it, the fault stays. */
  count: z.int().min(1).optional(),
  /** Probability that it hits a request that it matches. */
  probability: z.number().min(0).max(1).default(1),
};

/** Whether the operation takes effect before the fault hits. */
const when = z.enum(['before', 'after']).default('before');

/** The body of `POST /devnet/faults`. */
export const faultSpec = z.discriminatedUnion('kind', [
  /** Waits before the operation. */
  z.strictObject({ ...target, kind: z.literal('latency'), ms: z.int().min(0).max(600_000) }),
  /** Answers with this status, and `Retry-After` where given. */
  z.strictObject({
    ...target,
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    when,
    retryAfterSeconds: z.int().min(0).optional(),
    message: z.string().optional(),
  }),
  /** Breaks the connection before the operation takes place. */
  z.strictObject({ ...target, kind: z.literal('drop-before') }),
  /** Breaks the connection after the operation takes place. */
  z.strictObject({ ...target, kind: z.literal('drop-after') }),
  /** Answers reads with the state of some blocks ago. */
  z.strictObject({ ...target, kind: z.literal('stale'), blocks: z.int().min(1) }),
  /** Never answers: the connection stays open until the caller gives up, or breaks after `ms`. */
  z.strictObject({ ...target, kind: z.literal('hang'), when, ms: z.int().min(0).optional() }),
]);

/** A fault to add: what it does, and to which requests. */
export type FaultRequest = z.input<typeof faultSpec>;

/** The same with defaults filled in. */
export type FaultSpec = z.output<typeof faultSpec>;

/** An active fault. */
export type Fault = {
  readonly id: number;
  readonly spec: FaultSpec;
  /** How many requests it has hit. */
  hits: number;
};

/** A request as a fault's pattern sees it. Paths are relative to `/api/v0`. */
export type FaultTarget = {
  readonly method: string;
  readonly path: string;
  /** The operation's own path, `/txs/{hash}`; undefined when the request names none. */
  readonly template?: string;
};

function matches(pattern: string, { method, path, template }: FaultTarget): boolean {
  const [first = '', second] = pattern.trim().split(/\s+/, 2);
  if (second !== undefined && first !== '*' && first.toUpperCase() !== method) return false;
  const wanted = second ?? first;
  if (wanted === template) return true;
  const escaped = wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`).test(path);
}

/** The faults of one HTTP front. */
export class Faults {
  readonly #faults = new Map<number, Fault>();
  readonly #random: () => number;
  #nextId = 1;

  /** @param random Uniform in [0, 1). Decides whether a fault with a probability hits. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** @throws ZodError that names every mistake of a request that is not valid. */
  add(request: FaultRequest): Fault {
    const fault: Fault = { id: this.#nextId, spec: faultSpec.parse(request), hits: 0 };
    this.#nextId += 1;
    this.#faults.set(fault.id, fault);
    return fault;
  }

  list(): Fault[] {
    return [...this.#faults.values()];
  }

  remove(id: number): boolean {
    return this.#faults.delete(id);
  }

  clear(): void {
    this.#faults.clear();
  }

  /** The faults that hit this request, in the order in which they were added. Counts each hit. */
  strike(request: FaultTarget): FaultSpec[] {
    const struck: FaultSpec[] = [];
    for (const fault of this.#faults.values()) {
      const { operation, probability, count } = fault.spec;
      if (!matches(operation, request)) continue;
      if (probability < 1 && this.#random() >= probability) continue;
      fault.hits += 1;
      if (count !== undefined && fault.hits >= count) this.#faults.delete(fault.id);
      struck.push(fault.spec);
    }
    return struck;
  }
}
