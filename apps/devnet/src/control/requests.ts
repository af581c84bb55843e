/** How often each operation of one HTTP front was called, faults included. */
export class RequestCounts {
  readonly #byOperation = new Map<string, number>();
  #total = 0;

  /** @param operation Method and template, `GET /txs/{hash}`. */
  count(operation: string): void {
    this.#total += 1;
    this.#byOperation.set(operation, (this.#byOperation.get(operation) ?? 0) + 1);
  }

  snapshot(): { readonly total: number; readonly operations: Readonly<Record<string, number>> } {
    return { total: this.#total, operations: Object.fromEntries(this.#byOperation) };
  }

  clear(): void {
    this.#total = 0;
    this.#byOperation.clear();
  }
}
