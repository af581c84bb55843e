/** A payment that bought something. */
export type Payment = {
  /** Whose, as the demo calls them. */
  readonly payer: string;
  readonly article: string;
  readonly transaction: string;
  /** As people read it. */
  readonly money: string;
  /** From the first request to the delivered article. */
  readonly tookMs: number;
};
