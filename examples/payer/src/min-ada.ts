/** What an output's entry in the ledger's map takes besides the output itself (CIP-55). */
const ENTRY_BYTES = 160n;

/** The least ADA that the ledger wants in an output. */
export function minAdaOf(output: Uint8Array, coinsPerUtxoByte: bigint): bigint {
  return (ENTRY_BYTES + BigInt(output.length)) * coinsPerUtxoByte;
}

/** What of it the facilitator leaves in the paying output: only a token needs ADA to travel with. */
export function lentMinAda(asset: string, minAda: bigint, lendsAtMost: bigint): bigint {
  if (asset === 'lovelace') return 0n;
  return minAda < lendsAtMost ? minAda : lendsAtMost;
}
