import { type ChainOutput, outRefKey, parseAddress } from '@x402-facilitator/cardano/ledger';
import { type ChainReader, provenOutput } from '../chain/index.js';
import type { Keys } from '../keys/index.js';
import { refuse } from '../refused-payment-error.js';
import type { FeeSponsorship } from '../sponsorship/index.js';
import { addressHexOf, isOpenedBy } from './wallet-keys.js';

/** A sponsor's output, as the chain proves it. */
export type LentOutput = FacilitatorsOutput | OfferedOutput;

/** What the payment does not need of it goes back. */
export type FacilitatorsOutput = {
  readonly sponsorshipId: string;
  readonly output: ChainOutput;
  readonly maxFeeLovelace: bigint;
  /** The most of it that may stay in the output that pays a token. */
  readonly minAdaLovelace: bigint;
};

/** The seller's: all of it but the fee goes to `payTo`. */
export type OfferedOutput = {
  readonly output: ChainOutput;
  readonly maxFeeLovelace: bigint;
  /** POSIX milliseconds. The payment may not be valid for longer. */
  readonly expiresAtMs: number;
};

export function isOfferedOutput(lent: LentOutput | undefined): lent is OfferedOutput {
  return lent !== undefined && 'expiresAtMs' in lent;
}

/**
 * Reads the output that a sponsor claims to lend from the payer's own provider, out of the bytes that prove it. A
 * signature covers the output on the chain, not the sponsor's claim.
 *
 * @throws RefusedPaymentError when it does not exist, differs from the claim, or is the payer's own.
 */
export async function readLentOutput(
  chain: ChainReader,
  { id: sponsorshipId, input, changeAddress, maxFeeLovelace, minAdaLovelace }: FeeSponsorship,
  keys: Pick<Keys, 'keyHashes'>,
): Promise<FacilitatorsOutput> {
  const outRef = { txHash: input.txHash, index: input.index };
  const name = outRefKey(outRef);
  const output = await provenOutput(chain, outRef);
  if (output === undefined || (await chain.spenderOf(outRef)) !== undefined)
    refuse(`expected the lent output ${name} to be unspent, found none at the payer's provider`);
  assertLendable(output, keys);
  if (addressHexOf(output.address) !== addressHexOf(input.address))
    refuse(
      `expected the lent output ${name} at ${input.address}, as the sponsor says, found it at ${output.address}`,
    );
  if (output.lovelace !== input.lovelace)
    refuse(
      `expected ${input.lovelace} lovelace in the lent output ${name}, as the sponsor says, found ${output.lovelace}`,
    );
  if (addressHexOf(changeAddress) !== addressHexOf(output.address))
    refuse(`expected the change of the lent output to go back to ${output.address}, found ${changeAddress}`);
  return { sponsorshipId, output, maxFeeLovelace, minAdaLovelace };
}

/**
 * Checks that an output may be an input beside the wallet's: ADA behind a stranger's key. A script is refused, because
 * it may ask for the wallet's signature, and this payment would give it.
 *
 * @throws RefusedPaymentError
 */
export function assertLendable(lent: ChainOutput, keys: Pick<Keys, 'keyHashes'>): void {
  const name = outRefKey(lent.outRef);
  if (isOpenedBy(keys, lent.address))
    refuse(`expected the lent output ${name} to be the sponsor's, found it behind a key of this wallet`);
  const address = parseAddress(lent.address);
  const kind = address.ok && address.value.kind === 'shelley' ? address.value.payment.kind : 'neither';
  if (kind !== 'key')
    refuse(
      `expected the lent output ${name} behind a key, found ${kind === 'script' ? 'Script' : 'neither key nor script'}`,
    );
  if (lent.assets.size > 0)
    refuse(`expected ADA alone in the lent output ${name}, found ${[...lent.assets.keys()].join(', ')}`);
  if (lent.datumHash !== undefined || lent.inlineDatum !== undefined || lent.referenceScript !== undefined)
    refuse(`expected ADA alone in the lent output ${name}, found a datum or a script`);
}
