import type { Block, Ledger } from '../ledger/index.js';

/** Forges a block every so often. */
export class BlockTimer {
  readonly blockMs: number;
  readonly #ledger: Ledger;
  #timer: NodeJS.Timeout | undefined;

  /** @param blockMs Interval in milliseconds; 0 forges on request only. */
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

  /** Goes on; does nothing while it runs, or when blocks come on request only. */
  resume(): void {
    if (this.blockMs === 0 || this.running) return;
    this.#timer = setInterval(() => this.#ledger.forge(), this.blockMs);
  }

  forge(count: number): Block[] {
    return Array.from({ length: count }, () => this.#ledger.forge());
  }
}
