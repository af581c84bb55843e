import {
  type Amounts,
  type AssetId,
  decodeTransaction,
  equalBytes,
  LOVELACE,
  type OutRefKey,
  outRefKey,
  quantityOf,
  readCbor,
  subtract,
  sum,
  type Transaction,
  type TransactionOutput,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import type { WalletOutput } from '../chain/index.js';
import type { Keys } from '../keys/index.js';
import { refuse } from '../refused-payment-error.js';
import { base64Of, signersOf, witnessed } from './sign-payment.js';
import { assertWithinLimits, type Loss, type SpendLimits, type Spent } from './spend-limits.js';
import { addressHexOf, isOpenedBy } from './wallet-keys.js';

/** What a transaction of a channel may do. Everything else that it does is the wallet's own money coming back. */
export type ChannelSpend = {
  /** The channel that it spends. */
  readonly channel?: { readonly ref: OutRefKey; readonly value: Amounts } | undefined;
  /** Tells the output that it puts at the validator from all others. Without it, it puts nothing there. */
  readonly makes?: ((output: TransactionOutput) => boolean) | undefined;
  /** What the seller gets, in an output of its own. */
  readonly share?: { readonly address: Uint8Array; readonly value: Amounts } | undefined;
  readonly mostFeeLovelace: bigint;
  /** The slot from which it can no longer be included. */
  readonly ttl: number;
  /** The slot before which it cannot be. */
  readonly fromSlot?: number | undefined;
};

/** A transaction of a channel that is to be built, checked and signed. */
export type ChannelOrder = {
  /** Builds it on outputs of the wallet that nothing else uses. Without signatures. */
  readonly build: (
    available: readonly WalletOutput[],
    nowMs: number,
  ) => Promise<{ readonly bytes: Uint8Array; readonly spend: ChannelSpend; readonly validToMs: number }>;
  /** Inputs of transactions under way, beside those of this wallet's own. */
  readonly held: ReadonlySet<OutRefKey>;
  /** What the owner allows to leave the wallet; none for one that only brings back. */
  readonly allowance?:
    | {
        readonly limits: SpendLimits;
        readonly price: AssetId;
        readonly sellers: readonly string[];
        readonly spent: readonly Spent[];
      }
    | undefined;
};

/** A transaction of a channel, signed and not submitted. */
export type SignedChannelTransaction = {
  readonly txHash: TxHash;
  readonly bytes: Uint8Array;
  readonly base64: string;
  /** Inputs and collateral. */
  readonly inputs: readonly OutRefKey[];
  /** Inputs alone: collateral stays, so that the next transaction can offer it too. */
  readonly spends: readonly OutRefKey[];
  readonly feeLovelace: bigint;
  /** What it takes out of the wallet; negative for what it brings back. */
  readonly loss: Loss;
  readonly ttl: number;
  readonly validToMs: number;
};

/** Of the body: inputs, outputs, fee, TTL, start, and what a script needs. All others move money or grant a right. */
const FIELDS = new Set([0n, 1n, 2n, 3n, 8n, 11n, 13n, 14n, 15n, 16n, 17n, 18n]);
const LIMITS = { maxBytes: 65_536, maxDepth: 96 };

/** Builds, reads what was built, and signs exactly that. */
export async function signChannelTransaction(
  order: ChannelOrder,
  wallet: {
    readonly keys: Keys;
    readonly listed: readonly WalletOutput[];
    readonly available: readonly WalletOutput[];
    readonly nowMs: number;
  },
): Promise<SignedChannelTransaction> {
  const { keys, listed, available, nowMs } = wallet;
  const { bytes, spend, validToMs } = await order.build(available, nowMs);
  const known = new Map(listed.map((output) => [outRefKey(output.outRef), output]));
  const { transaction, loss } = checkChannelTransaction(bytes, spend, keys, known);
  if (order.allowance !== undefined)
    assertWithinLimits(loss, order.allowance.limits, { ...order.allowance, nowMs });
  const { inputs, collateralInputs, id } = transaction;
  const signers = new Set([
    ...signersOf([...inputs, ...collateralInputs], known, keys),
    ...transaction.requiredSigners.filter((hash) => keys.keyHashes.has(hash)),
  ]);
  const signed = await witnessed(bytes, id, signers, keys);
  return {
    txHash: id,
    bytes: signed,
    base64: base64Of(signed),
    inputs: [...inputs, ...collateralInputs].map(outRefKey),
    spends: inputs.map(outRefKey),
    feeLovelace: transaction.fee,
    loss,
    ttl: spend.ttl,
    validToMs,
  };
}

/**
 * Computes what a finished transaction takes out of the wallet, and refuses everything that the order does not explain.
 *
 * @throws RefusedPaymentError
 */
export function checkChannelTransaction(
  bytes: Uint8Array,
  spend: ChannelSpend,
  keys: Pick<Keys, 'address' | 'keyHashes'>,
  known: ReadonlyMap<OutRefKey, WalletOutput>,
): { readonly transaction: Transaction; readonly loss: Loss } {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) refuse(`expected a transaction, found other bytes: ${decoded.error}`);
  const transaction = decoded.value;
  assertFields(transaction);
  if (transaction.ttl !== spend.ttl)
    refuse(`expected a transaction that ends at slot ${spend.ttl}, found ${transaction.ttl}`);
  if (transaction.validityStart !== spend.fromSlot)
    refuse(`expected a transaction from slot ${spend.fromSlot} on, found ${transaction.validityStart}`);
  if (transaction.fee > spend.mostFeeLovelace)
    refuse(`expected a fee of at most ${spend.mostFeeLovelace} lovelace, found ${transaction.fee}`);
  const own = new Map<OutRefKey, WalletOutput>();
  const ownOutput = (name: OutRefKey) => {
    const output = known.get(name);
    if (output === undefined || !isOpenedBy(keys, output.address))
      refuse(`expected inputs of this wallet and its channel, found ${name}`);
    return output;
  };
  for (const name of transaction.inputs.map(outRefKey))
    if (name !== spend.channel?.ref) own.set(name, ownOutput(name));
  if (spend.channel !== undefined && own.size === transaction.inputs.length)
    refuse(`expected the channel ${spend.channel.ref} among the inputs, found none`);
  assertCollateral(transaction, ownOutput, keys);

  const home = addressHexOf(keys.address);
  const back = transaction.outputs.filter(({ addressBytes }) => toHex(addressBytes) === home);
  const others = transaction.outputs.filter((output) => !back.includes(output));
  for (const { datum, scriptRef } of back)
    if (datum !== undefined || scriptRef !== undefined)
      refuse('expected plain outputs to come back, found one with a datum or a script');
  const { makes, share } = spend;
  const expected = [makes, share && ((output: TransactionOutput) => isPlain(output, share))].filter(
    (isIt) => isIt !== undefined,
  );
  if (others.length !== expected.length || !expected.every((isIt, at) => others[at] && isIt(others[at])))
    refuse('expected the outputs that the order names to leave the wallet, and no others');
  // The ledger balances a transaction; a provider that lies about the wallet's outputs is found out here too.
  const { lovelace, assets } = subtract(sum([...own.values()]), sum(back));
  return { transaction, loss: new Map<AssetId, bigint>([[LOVELACE, lovelace], ...assets]) };
}

function assertFields(transaction: Transaction): void {
  const body = readCbor(transaction.bodyBytes, LIMITS);
  const keys = body.ok && body.value.kind === 'map' ? body.value.entries.map(([key]) => key) : [];
  const foreign = keys.filter((key) => key.kind !== 'int' || !FIELDS.has(key.value));
  if (keys.length === 0 || foreign.length > 0)
    refuse('expected the fields of a channel’s transaction and nothing else, found others');
  if (transaction.vkeyWitnesses.length > 0 || transaction.bootstrapWitnesses.length > 0)
    refuse('expected no signatures yet, found some');
  if (transaction.auxiliaryDataBytes !== undefined) refuse('expected no metadata, found some');
  if (!transaction.isValid) refuse('expected a transaction that is meant to succeed, found one that is not');
}

/** The wallet's own, and all but a little comes back should the script fail. */
function assertCollateral(
  transaction: Transaction,
  ownOutput: (name: OutRefKey) => WalletOutput,
  keys: Pick<Keys, 'address'>,
): void {
  const collateral = transaction.collateralInputs.map((ref) => ownOutput(outRefKey(ref)));
  const { collateralReturn: returned } = transaction;
  if (returned === undefined) return;
  if (collateral.length === 0 || toHex(returned.addressBytes) !== addressHexOf(keys.address))
    refuse('expected collateral to come back to this wallet, found another address');
}

function isPlain(
  found: TransactionOutput,
  { address, value }: { readonly address: Uint8Array; readonly value: Amounts },
): boolean {
  return (
    found.datum === undefined &&
    found.scriptRef === undefined &&
    equalBytes(found.addressBytes, address) &&
    found.lovelace === value.lovelace &&
    found.assets.size === value.assets.size &&
    [...found.assets.keys()].every((asset) => quantityOf(found, asset) === quantityOf(value, asset))
  );
}
