import type { ShelleyAddress } from '../../../../ledger/address/index.js';
import { minimumLovelace } from '../../../../ledger/phase-1/min-utxo.js';
import { LOVELACE } from '../../../../ledger/primitives/asset.js';
import type { TransactionOutput } from '../../../../ledger/transaction/transaction.js';
import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import { defineRule } from '../../facts/rule.js';
import type { CostKnown, SponsoredInputKnown, SponsorshipTransactionFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';

function isOurs({ parsedAddress }: TransactionOutput, { payment }: ShelleyAddress): boolean {
  return (
    parsedAddress.kind === 'shelley' &&
    parsedAddress.payment.kind === payment.kind &&
    parsedAddress.payment.hash === payment.hash
  );
}

/** What differs from one plain ada output at the change address. */
function surplusOf(
  { addressBytes, address, assets, datum, scriptRef }: TransactionOutput,
  more: readonly TransactionOutput[],
  changeAddress: ShelleyAddress,
): string | undefined {
  if (more.length > 0) return `${more.length + 1} outputs`;
  if (Buffer.compare(addressBytes, changeAddress.bytes) !== 0) return `one to ${address}`;
  if (assets.size > 0) return `tokens in it: ${[...assets.keys()].slice(0, 3).join(', ')}`;
  if (datum !== undefined) return 'a datum in it';
  return scriptRef === undefined ? undefined : 'a reference script in it';
}

/** The lovelace that the facilitator may leave in the paying output: at most what the ledger demands. */
function allowance({
  terms,
  payingOutput,
  networkFacts,
  sponsored,
}: SponsorshipTransactionFacts & SponsoredInputKnown): bigint {
  if (terms.asset === LOVELACE) return 0n;
  const minimum = minimumLovelace(payingOutput, networkFacts.parameters);
  if (minimum < sponsored.minAdaLovelace) return minimum;
  return sponsored.minAdaLovelace;
}

export const change = defineRule({
  name: 'one plain ada output returns what was lent, less the fee and the min-UTxO of a token’s paying output',
  codes: [`${P}_sponsorship_change_insufficient`, `${P}_sponsorship_not_plain`],
  source: 'the reservation; CIP-55',
  check(facts: SponsorshipTransactionFacts & SponsoredInputKnown, refuse): Result<CostKnown, Refusal> {
    const { transaction, sponsored } = facts;
    const { changeAddress, lovelace } = sponsored;
    const ours = transaction.outputs.filter((output) => isOurs(output, changeAddress));
    const [output, ...more] = ours;
    const expected = lovelace - transaction.fee - allowance(facts);
    const wanted = `one output of at least ${expected} lovelace to ${changeAddress.text}`;
    if (output === undefined)
      return refuse(`${P}_sponsorship_change_insufficient`, `transaction: expected ${wanted}, found none`);
    const surplus = surplusOf(output, more, changeAddress);
    if (surplus !== undefined) {
      const message = `transaction: expected ${wanted} and nothing else behind our key, found ${surplus}`;
      return refuse(`${P}_sponsorship_not_plain`, message);
    }
    if (output.lovelace < expected) {
      const message = `transaction: expected ${wanted}, found ${output.lovelace}`;
      return refuse(`${P}_sponsorship_change_insufficient`, message);
    }
    const cost = output.lovelace < lovelace ? lovelace - output.lovelace : 0n;
    const feeLovelace = cost < transaction.fee ? cost : transaction.fee;
    return ok({
      changeIndex: transaction.outputs.indexOf(output),
      feeLovelace,
      lentLovelace: cost - feeLovelace,
    });
  },
});
