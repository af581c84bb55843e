import type { ChannelStore } from './store.js';

type Held = { readonly channelId: string; readonly sinceMs: number; readonly untilMs: number };

/** Keeps the leases of requests that take longer than one, as long as this process lives. */
export class Leases {
  readonly leaseMs: number;
  readonly #store: Pick<ChannelStore, 'renew'>;
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Pick<ChannelStore, 'renew'>, leaseMs: number) {
    this.#store = store;
    this.leaseMs = leaseMs;
  }

  /** @param mostMs how long a request may take: what never ends is given up then. */
  hold(holder: string, channelId: string, mostMs: number): void {
    const now = Date.now();
    this.#held.set(holder, { channelId, sinceMs: now, untilMs: now + mostMs });
    this.#timer ??= setInterval(() => this.#renew(), this.leaseMs / 3).unref();
  }

  letGo(holder: string): void {
    this.#held.delete(holder);
  }

  #renew(): void {
    const now = Date.now();
    for (const [holder, { channelId, sinceMs, untilMs }] of this.#held) {
      if (now > untilMs) this.#held.delete(holder);
      // A renewal that fails is made again; where it never succeeds the commit says so.
      else if (now - sinceMs >= this.leaseMs / 3)
        this.#store.renew(channelId, holder, this.leaseMs).catch(() => undefined);
    }
    if (this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
