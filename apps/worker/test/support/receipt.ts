/** A plausible receipt, not signed yet. */
export const RECEIPT = {
  version: 1,
  network: 'cardano:preview',
  transaction: 'ab'.repeat(32),
  payer: 'addr_test1payer',
  payTo: 'addr_test1shop',
  asset: 'lovelace',
  amount: '2000000',
  resource: null,
  block: { hash: 'b1'.repeat(32), height: 7, slot: 70 },
  confirmations: 1,
  settledAt: '2026-01-01T00:00:00.000Z',
} as const;
