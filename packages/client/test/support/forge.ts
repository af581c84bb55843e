import { type Assets, assetsToValue, CML } from '@lucid-evolution/lucid';

export type Forged = {
  readonly inputs: readonly { readonly transaction: string; readonly index: number }[];
  readonly outputs: readonly { readonly address: string; readonly assets: Assets }[];
  readonly feeLovelace: bigint;
  readonly ttl?: bigint | undefined;
  /** Adds fields to the body that payments do not have. */
  readonly change?: ((body: CML.TransactionBody) => void) | undefined;
  /** Adds such parts outside of the body. */
  readonly around?: ((transaction: CML.Transaction) => CML.Transaction) | undefined;
};

/** The bytes of a transaction that no builder would make. A signer must not rely on the builder. */
export function forge({
  inputs,
  outputs,
  feeLovelace,
  ttl,
  change,
  around = (made) => made,
}: Forged): string {
  const inputList = CML.TransactionInputList.new();
  for (const { transaction, index } of inputs) inputList.add(inputOf(transaction, index));
  const outputList = CML.TransactionOutputList.new();
  for (const output of outputs) outputList.add(outputOf(output));
  const body = CML.TransactionBody.new(inputList, outputList, feeLovelace);
  if (ttl !== undefined) body.set_ttl(ttl);
  change?.(body);
  return around(CML.Transaction.new(body, CML.TransactionWitnessSet.new(), true)).to_cbor_hex();
}

export function inputOf(transaction: string, index: number): CML.TransactionInput {
  return CML.TransactionInput.new(CML.TransactionHash.from_hex(transaction), BigInt(index));
}

export function inputsOf(transaction: string, index: number): CML.TransactionInputList {
  const list = CML.TransactionInputList.new();
  list.add(inputOf(transaction, index));
  return list;
}

export function outputOf({
  address,
  assets,
}: {
  readonly address: string;
  readonly assets: Assets;
}): CML.TransactionOutput {
  return CML.TransactionOutput.new(CML.Address.from_bech32(address), assetsToValue(assets));
}
