import { getAddressDetails, type Provider, type UTxO } from '@lucid-evolution/lucid';
import { addressHexOf, isOpenedBy, type WalletKeys } from './addresses.js';
import type { FeeSponsorship } from './fee-sponsorship.js';
import { refuse } from './refused-payment-error.js';

/**
 * Reads the output that a sponsor claims to lend from the payer's own provider. A signature covers the output on the
 * chain, not the sponsor's claim.
 *
 * @throws RefusedPaymentError when it does not exist, differs from the claim, or is the payer's own.
 */
export async function readLentOutput(
  provider: Provider,
  { input, changeAddress }: FeeSponsorship,
  keys: WalletKeys,
): Promise<UTxO> {
  const { transaction: txHash, index: outputIndex } = input;
  const name = `${txHash}#${outputIndex}`;
  const [lent] = await provider.getUtxosByOutRef([{ txHash, outputIndex }]);
  if (lent === undefined)
    refuse(`expected the lent output ${name} to be unspent, found none at the payer's provider`);
  assertLendable(lent, keys);
  if (addressHexOf(lent.address) !== addressHexOf(input.address))
    refuse(
      `expected the lent output ${name} at ${input.address}, as the sponsor says, found it at ${lent.address}`,
    );
  if (lent.assets.lovelace !== input.lovelace)
    refuse(
      `expected ${input.lovelace} lovelace in the lent output ${name}, as the sponsor says, ` +
        `found ${lent.assets.lovelace}`,
    );
  if (addressHexOf(changeAddress) !== addressHexOf(lent.address))
    refuse(`expected the change of the lent output to go back to ${lent.address}, found ${changeAddress}`);
  return lent;
}

/**
 * Checks that an output may be an input beside the wallet's: ADA behind a stranger's key. A script is refused, because
 * it may ask for the wallet's signature, and this payment would give it.
 *
 * @throws RefusedPaymentError
 */
export function assertLendable(lent: UTxO, keys: WalletKeys): void {
  const name = `${lent.txHash}#${lent.outputIndex}`;
  if (isOpenedBy(keys, lent))
    refuse(`expected the lent output ${name} to be the sponsor's, found it behind a key of this wallet`);
  const type = getAddressDetails(lent.address).paymentCredential?.type;
  if (type !== 'Key')
    refuse(`expected the lent output ${name} behind a key, found ${type ?? 'neither key nor script'}`);
  const tokens = Object.keys(lent.assets).filter((unit) => unit !== 'lovelace');
  if (tokens.length > 0) refuse(`expected ADA alone in the lent output ${name}, found ${tokens.join(', ')}`);
  if (lent.datum || lent.datumHash || lent.scriptRef)
    refuse(`expected ADA alone in the lent output ${name}, found a datum or a script`);
}
