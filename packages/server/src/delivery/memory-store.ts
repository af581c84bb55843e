import { LRUCache } from 'lru-cache';
import type { RecordedAnswer } from './recorded-answer.js';
import type { DeliveryStore, Purchase } from './store.js';

/** How much a store in memory holds. */
export type MemoryStoreOptions = {
  /** How long an answer is kept, in milliseconds; an hour by default. */
  readonly keepForMs?: number;
  /** All answers together, in bytes; 64 MiB by default. The oldest go first. */
  readonly maxBytes?: number;
};

type Entry = { readonly digest: string; readonly made?: RecordedAnswer; readonly answer?: RecordedAnswer };

const KEEP_FOR_MS = 3_600_000;
const MAX_BYTES = 67_108_864;
/** Of an entry without its bodies. */
const OVERHEAD_BYTES = 512;

/** For one process. Its answers end with it: for several processes, and to outlive a crash, use Redis. */
export function createMemoryStore({
  keepForMs = KEEP_FOR_MS,
  maxBytes = MAX_BYTES,
}: MemoryStoreOptions = {}): DeliveryStore {
  const running = new Map<string, { readonly holder: string; readonly digest: string; untilMs: number }>();
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    ttl: keepForMs,
    sizeCalculation: ({ made, answer }) => OVERHEAD_BYTES + sizeOf(made) + sizeOf(answer),
  });
  const identifiers = new LRUCache<string, string>({ max: 100_000, ttl: keepForMs });
  const letGo = ({ txHash }: Purchase, holder: string) => {
    if (running.get(txHash)?.holder === holder) running.delete(txHash);
  };

  return {
    async open({ txHash, digest, identifier }, holder, leaseMs) {
      const named = identifier === undefined ? undefined : identifiers.get(identifier);
      if (named !== undefined && named !== txHash) return { kind: 'other-payment' };
      const entry = entries.get(txHash);
      const runs = running.get(txHash);
      const isLeased = runs !== undefined && runs.untilMs > Date.now();
      const known = entry?.digest ?? (isLeased ? runs.digest : undefined);
      if (known !== undefined && known !== digest) return { kind: 'other-purchase' };
      if (entry?.answer !== undefined) return { kind: 'answered', answer: entry.answer };
      if (isLeased) return { kind: 'running' };
      running.set(txHash, { holder, digest, untilMs: Date.now() + leaseMs });
      if (identifier !== undefined) identifiers.set(identifier, txHash);
      return { kind: 'mine', made: entry?.made };
    },
    async find({ txHash, digest }) {
      const entry = entries.get(txHash);
      return entry?.digest === digest ? entry.answer : undefined;
    },
    async renew({ txHash }, holder, leaseMs) {
      const runs = running.get(txHash);
      if (runs?.holder === holder) runs.untilMs = Date.now() + leaseMs;
    },
    async keepMade({ txHash, digest }, _holder, made) {
      entries.set(txHash, { digest, made });
    },
    async keepAnswer(purchase, holder, answer) {
      entries.set(purchase.txHash, { digest: purchase.digest, answer });
      letGo(purchase, holder);
    },
    async release(purchase, holder, forget) {
      const { txHash, identifier } = purchase;
      if (forget && running.get(txHash)?.holder === holder) {
        entries.delete(txHash);
        if (identifier !== undefined) identifiers.delete(identifier);
      }
      letGo(purchase, holder);
    },
  };
}

function sizeOf(answer: RecordedAnswer | undefined): number {
  return answer === undefined
    ? 0
    : answer.headers.reduce((sum, [name, value]) => sum + name.length + value.length, answer.body.length);
}
