/** What the command line ends with. Scripts and agents branch on it. */
export const EXIT_CODES = {
  /** The resource came, or the command did what it is for. */
  done: 0,
  /** Something else went wrong: the message says what. Nothing was paid. */
  failed: 1,
  /** Wrong arguments, or a wrong passphrase. */
  usage: 2,
  /** Not signed: the transaction would take more than the limits or the price allow. */
  refusedByWallet: 3,
  /** The seller refused the payment, or the refund. */
  refusedBySeller: 4,
  /** The payment, or what ends a channel, may be on the ledger, and it is not done yet: run the same command again. */
  open: 5,
} as const;
