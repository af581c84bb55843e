import { inLedgerOrder } from '../../../ledger/phase-1/scripts-in-play.js';
import { blake2b224 } from '../../../ledger/primitives/hash.js';
import { toHex } from '../../../ledger/primitives/hex.js';
import { type OutRefKey, outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import { type ChannelRedeemer, readRedeemer } from '../codec/redeemer.js';
import type { TopUpFacts, TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const CODE = 'invalid_batch_settlement_cardano_deposit_transaction';

/** The inputs in the order that redeemers count them in. */
export function orderedInputs({ inputs }: Transaction): readonly OutRefKey[] {
  return inLedgerOrder([...new Map(inputs.map((input) => [outRefKey(input), input])).values()]).map(
    outRefKey,
  );
}

/** How an input is redeemed: `undefined` where it is not, or not as a channel is. */
export function redeemerOf(transaction: Transaction, input: OutRefKey): ChannelRedeemer | undefined {
  const index = orderedInputs(transaction).indexOf(input);
  const own = transaction.redeemers.find(
    (redeemer) => redeemer.purpose === 'spend' && redeemer.index === index,
  );
  const read = own && readRedeemer(own.data);
  return read?.ok ? read.value : undefined;
}

/** Whether a key has signed. Whether its signature is valid, the ledger's check says. */
export function isWitnessedBy({ vkeyWitnesses }: Transaction, keyHash: string): boolean {
  return vkeyWitnesses.some(({ publicKey }) => toHex(blake2b224(publicKey)) === keyHash);
}

export const addsAlone = defineRule({
  name: 'it redeems one input, with Main([Add])',
  codes: [CODE],
  source: 'binding: "POST /verify", Top-up 2',
  check({ transaction }: TransactionKnown, refuse) {
    const [only, ...others] = transaction.redeemers;
    if (only === undefined || others.length > 0 || transaction.hasDuplicateRedeemers) {
      const found = `found ${transaction.redeemers.length}`;
      return refuse(CODE, `transaction: expected the one redeemer Main([Add]), ${found}`);
    }
    const redeemer = readRedeemer(only.data);
    const isAdd =
      only.purpose === 'spend' &&
      redeemer.ok &&
      redeemer.value.kind === 'main' &&
      redeemer.value.steps.length === 1 &&
      redeemer.value.steps[0]?.kind === 'add';
    return isAdd ? PASSED : refuse(CODE, 'transaction: expected the redeemer Main([Add]), found another one');
  },
});

export const spendsChannel = defineRule({
  name: 'what it redeems is the channel at its current position',
  codes: [CODE],
  source: 'binding: "POST /verify", Top-up 2',
  check({ transaction, channel }: TopUpFacts, refuse) {
    const redeemed = orderedInputs(transaction)[transaction.redeemers[0]?.index ?? -1];
    if (redeemed === channel.ref) return PASSED;
    const found = redeemed ?? 'none of its inputs';
    return refuse(CODE, `transaction: expected it to redeem the channel at ${channel.ref}, found ${found}`);
  },
});

export const consumerSigned = defineRule({
  name: 'the consumer has signed',
  codes: [CODE],
  source: 'binding: "POST /verify", Top-up 5',
  check({ transaction, payer }: TopUpFacts, refuse) {
    if (isWitnessedBy(transaction, payer)) return PASSED;
    return refuse(CODE, `transaction: expected a signature by the consumer’s key ${payer}, found none`);
  },
});
