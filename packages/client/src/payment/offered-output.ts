import type { PaymentRequirements } from '@x402/core/types';
import { isOffered, readOffer } from '@x402-facilitator/cardano/fee-sponsor';
import { LOVELACE, parseNetwork } from '@x402-facilitator/cardano/ledger';
import { type ChainReader, provenOutput } from '../chain/index.js';
import type { Keys } from '../keys/index.js';
import { RefusedPaymentError } from '../refused-payment-error.js';
import { assertLendable, type OfferedOutput } from './lent-output.js';

/** An offer that ends sooner is not used: the payment could not reach a block. */
const LEAST_LEFT_MS = 30_000;

/**
 * Reads the output that a seller offers for the fee from the payer's own provider, out of the bytes that prove it. An offer is the
 * seller's word: it may name an output of the payer's own, and the payer's signature would give that away.
 *
 * @returns undefined where nothing is offered, or the chain shows something else. Then the price is paid as if nothing were.
 */
export async function readOfferedOutput(
  chain: ChainReader,
  requirements: PaymentRequirements,
  keys: Pick<Keys, 'keyHashes'>,
  nowMs: number,
): Promise<OfferedOutput | undefined> {
  const { asset, extra } = requirements;
  const network = parseNetwork(requirements.network);
  const isDefault = (extra.assetTransferMethod ?? 'default') === 'default';
  if (network === undefined || asset === LOVELACE || !isDefault || extra.areFeesSponsored !== true)
    return undefined;
  const read = readOffer({ network, extra });
  const offer = read.ok ? read.value : undefined;
  if (offer === undefined || offer.expiresAtMs < nowMs + LEAST_LEFT_MS) return undefined;
  const output = await provenOutput(chain, offer.input);
  if (output === undefined || !isOffered(output, offer)) return undefined;
  if ((await chain.spenderOf(offer.input)) !== undefined) return undefined;
  try {
    assertLendable(output, keys);
  } catch (error) {
    if (error instanceof RefusedPaymentError) return undefined;
    throw error;
  }
  const { maxFeeLovelace, expiresAtMs } = offer;
  return { output, maxFeeLovelace, expiresAtMs };
}
