import { readCbor, type Transaction, type TransactionOutput, toHex } from '@x402-facilitator/cardano';

export function hasDuplicates(items: readonly string[]): boolean {
  return new Set(items).size < items.length;
}

/** `[coin, {}]`, in an output of either form. */
function namesNoAssets({ bytes }: TransactionOutput): boolean {
  const output = readCbor(bytes, { maxBytes: bytes.length, maxDepth: 96 });
  if (!output.ok) return false;
  const { value } = output;
  const fields = value.kind === 'map' ? value.entries : [];
  const amount =
    value.kind === 'array'
      ? value.items[1]
      : fields.find(([key]) => key.kind === 'int' && key.value === 1n)?.[1];
  const assets = amount?.kind === 'array' ? amount.items[1] : undefined;
  return assets?.kind === 'map' && assets.entries.length === 0;
}

/** Whether it is what a node takes until protocol version 11, and refuses from 12 on. */
export function isReadNoMore(transaction: Transaction): boolean {
  const { outputs, collateralReturn, redeemersBytes, scriptWitnesses } = transaction;
  const back = collateralReturn?.parsedAddress;
  const isListed = redeemersBytes !== undefined && (redeemersBytes[0] ?? 0) >> 5 === 4;
  return (
    isListed ||
    transaction.hasDuplicateRedeemers ||
    (back?.kind === 'shelley' && back.stake?.kind === 'pointer') ||
    [...outputs, ...(collateralReturn === undefined ? [] : [collateralReturn])].some(namesNoAssets) ||
    [
      transaction.vkeyWitnesses.map(({ publicKey, signature }) => toHex(publicKey) + toHex(signature)),
      scriptWitnesses.map(({ hash }) => hash),
      transaction.datumWitnesses.map(({ hash }) => hash),
    ].some(hasDuplicates)
  );
}
