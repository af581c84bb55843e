import { blake2b224 } from '../../../ledger/primitives/hash.js';
import { toHex } from '../../../ledger/primitives/hex.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import type { FeeSponsorOffer } from './offer.js';

/**
 * Whether a transaction spends the offered output. One that does not is a plain payment.
 *
 * @example
 * if (spendsOffer(transaction, offer)) await sign(transaction);
 */
export function spendsOffer({ inputs }: Pick<Transaction, 'inputs'>, { input }: FeeSponsorOffer): boolean {
  const offered = outRefKey(input);
  return inputs.some((each) => outRefKey(each) === offered);
}

/** The hash of the key whose witness a transaction that spends the offered output lacks; `undefined`: it lacks none. */
export function awaitedSigner(
  transaction: Pick<Transaction, 'inputs' | 'vkeyWitnesses'>,
  offer: FeeSponsorOffer | undefined,
): string | undefined {
  if (offer === undefined || !spendsOffer(transaction, offer)) return undefined;
  const { hash } = offer.address.payment;
  const isSigned = transaction.vkeyWitnesses.some(({ publicKey }) => toHex(blake2b224(publicKey)) === hash);
  return isSigned ? undefined : hash;
}
