import type { Block, Ledger } from '../ledger/index.js';

/** Forges a block at each interval. */
export class BlockTimer {
  readonly blockMs: number;
  readonly #ledger: Ledger;
  #timer: NodeJS.Timeout | undefined;

  /** @param blockMs Interval in milliseconds. 0 forges only on request. */
  constructor(ledger: Ledger, blockMs: number) {
    this.#ledger = ledger;
    this.blockMs = blockMs;
    this.resume();
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Continues. Does nothing while it runs, or when blocks come only on request. */
  resume(): void {
    if (this.blockMs === 0 || this.running) return;
    this.#timer = setInterval(() => this.#ledger.forge(), this.blockMs);
  }

  forge(count: number): Block[] {
    return Array.from({ length: count }, () => this.#ledger.forge());
  }
}
