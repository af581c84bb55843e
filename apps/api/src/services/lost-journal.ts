import {
  type ChainPoint,
  decodeTransaction,
  outRefKey,
  parseOutRef,
  slotStartMs,
  type TxHash,
} from '@x402-facilitator/cardano';
import { ChainProviderError } from '@x402-facilitator/chain';
import type { Settlement } from '@x402-facilitator/journal';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';
import type { ServedNetwork } from './served-networks.js';

/**
 * How much earlier than its claim a block may begin and still hold a fresh payment: by so much our clock may be fast.
 *
 * Too small, a fast clock withholds fresh successes until an operator redeems them; nothing is lost. Too large, a success
 * that was handed out before the journal was lost could be had again: then it would have to be in a block, delivered, lost
 * and claimed anew within this time. Clocks that follow NTP are off by far less, and slots follow the same time.
 */
const CLOCK_TOLERANCE_MS = 10_000;

/**
 * A payment comes into a block after its claim. If one that ever held it is older, an earlier claim was lost together with
 * what became of it, so the success may have been handed out: only an operator's word gives it now. A rollback into a newer
 * block changes nothing of that.
 *
 * @throws JournalUnavailableError, ChainProviderError.
 */
export async function mayBeDeliveredAlready(
  settlement: Settlement,
  { journal, chain }: Pick<ServedNetwork, 'journal' | 'chain'>,
): Promise<boolean> {
  const { network, txHash, block, queuedAtMs, deliveredAtMs, redeemedAtMs } = settlement;
  const { earliestBlockSlot = block?.slot } = settlement;
  if (earliestBlockSlot === undefined || deliveredAtMs !== undefined || redeemedAtMs !== undefined)
    return false;
  const { timeline } = await chain.facts.get();
  if (slotStartMs(timeline, earliestBlockSlot) >= queuedAtMs - CLOCK_TOLERANCE_MS) return false;
  // The word may have been given before the payment was claimed again.
  const reason = await journal.readRedemption(network, txHash);
  return reason === undefined || (await journal.redeem(network, txHash, reason)).kind !== 'redeemed';
}

export type Redeemable = {
  readonly payer: string;
  readonly block: ChainPoint;
  /** The bytes that the block holds; undefined where no provider gives them. */
  readonly bytes: Uint8Array | undefined;
};

/**
 * A payment that an operator wants to be redeemed, if a block holds it. Its inputs are spent and its reservation is
 * forgotten, so only its terms are judged.
 *
 * @throws ChainProviderError.
 */
export async function findRedeemable(
  { paymentPayload }: PaymentRequestBody,
  { chain }: Pick<ServedNetwork, 'chain'>,
  txHash: TxHash,
): Promise<Redeemable | undefined> {
  const evidence = await chain.polling.getTransaction(txHash);
  const nonce = parseOutRef(String(paymentPayload.payload.nonce));
  if (evidence?.validContract !== true || nonce === undefined) return undefined;
  const fact = (await chain.readOutputs([nonce], { fresh: true })).get(outRefKey(nonce));
  return fact !== undefined && 'output' in fact
    ? { payer: fact.output.address, block: evidence.block, bytes: await bytesInBlock(chain, txHash) }
    : undefined;
}

/** The caller's bytes may lack witnesses: they would be of no use when a rollback calls for them. */
async function bytesInBlock(
  { polling }: ServedNetwork['chain'],
  txHash: TxHash,
): Promise<Uint8Array | undefined> {
  try {
    const bytes = await polling.getTransactionBytes(txHash);
    const decoded = bytes === undefined ? undefined : decodeTransaction(bytes);
    return decoded?.ok === true && decoded.value.id === txHash ? bytes : undefined;
  } catch (error) {
    if (error instanceof ChainProviderError) return undefined;
    throw error;
  }
}
