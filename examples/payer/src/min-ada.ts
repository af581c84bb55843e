/** The size of an output's entry in the ledger's map, besides the output itself (CIP-55). */
const ENTRY_BYTES = 160n;

/** The least ADA that the ledger requires in an output. */
export function minAdaOf(output: Uint8Array, coinsPerUtxoByte: bigint): bigint {
  return (ENTRY_BYTES + BigInt(output.length)) * coinsPerUtxoByte;
}

/** The part of it that the facilitator leaves in the paying output. Only a token needs it. */
export function lentMinAda(asset: string, minAda: bigint, lendsAtMost: bigint): bigint {
  if (asset === 'lovelace') return 0n;
  return minAda < lendsAtMost ? minAda : lendsAtMost;
}
