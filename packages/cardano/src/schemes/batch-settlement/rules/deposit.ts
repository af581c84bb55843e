import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { createdOutputs } from '../../../ledger/transaction/created-outputs.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import { guardOf, readChannel } from '../channel/channel.js';
import { reserveOf } from '../channel/reserve.js';
import { isSameDatum } from '../codec/datum.js';
import { channelIdOf } from '../codec/iou.js';
import type { MadeKnown, OpeningFacts, TopUpFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const P = 'invalid_batch_settlement_cardano';
const CODE = `${P}_deposit_transaction` as const;
const SOURCE = 'binding: "POST /verify", Deposit';

function atValidator({ transaction, scriptHash }: Pick<OpeningFacts, 'transaction' | 'scriptHash'>) {
  return createdOutputs(transaction).filter(({ address }) => guardOf(address) === scriptHash);
}

export const oneOutput = defineRule({
  name: 'it makes exactly one output at the validator',
  codes: [CODE],
  source: `${SOURCE} 2, Top-up 3`,
  check(facts: OpeningFacts, refuse) {
    const { length } = atValidator(facts);
    if (length === 1) return PASSED;
    return refuse(CODE, `transaction: expected one output guarded by ${facts.scriptHash}, found ${length}`);
  },
});

export const madeForm = defineRule({
  name: 'the output has no reference script, a channel’s inline datum, and ADA and the currency only',
  codes: [CODE],
  source: `${SOURCE} 2 and 3, Top-up 3 and 4`,
  check(facts: OpeningFacts, refuse): Result<MadeKnown, Refusal> {
    const [output] = atValidator(facts);
    if (output === undefined)
      return refuse(CODE, 'transaction: expected an output at the validator, found none');
    const made = readChannel(output, facts.scriptHash);
    return made.ok ? ok({ made: made.value }) : refuse(CODE, `the channel’s output: ${made.error}`);
  },
});

export const openedAtZero = defineRule({
  name: 'the new channel is at stage Opened(0)',
  codes: [CODE],
  source: `${SOURCE} 2`,
  check({ made: { datum } }: MadeKnown, refuse) {
    const { stage } = datum;
    if (stage.kind === 'opened' && stage.subbed === 0n) return PASSED;
    const found = stage.kind === 'opened' ? `Opened(${stage.subbed})` : stage.kind;
    return refuse(CODE, `the channel’s stage: expected Opened(0), found ${found}`);
  },
});

/** The currency grows by exactly the deposit's amount. */
function deposits<Facts extends OpeningFacts & MadeKnown>(name: string, before: (facts: Facts) => bigint) {
  return defineRule({
    name,
    codes: [CODE],
    source: `${SOURCE} 3, Top-up 4`,
    check(facts: Facts, refuse) {
      const { made, payload } = facts;
      const found = made.held - before(facts);
      if (found === payload.deposit.amount) return PASSED;
      const expected = `${payload.deposit.amount} ${made.datum.constants.currency}, as deposit.amount says`;
      return refuse(CODE, `the channel’s output: expected a deposit of ${expected}, found ${found}`);
    },
  });
}

export const holdsDeposit = deposits(
  'the new channel holds exactly deposit.amount of the currency',
  (_: OpeningFacts & MadeKnown) => 0n,
);

export const growsByDeposit = deposits(
  'the channel grows by exactly deposit.amount of the currency',
  ({ channel }: TopUpFacts & MadeKnown) => channel.held,
);

export const tokenReserve = defineRule({
  name: 'a token channel holds at least the reserve in ADA',
  codes: [CODE],
  source: `${SOURCE} 3, Top-up 4; "Minimum UTxO value"`,
  check({ made, networkFacts }: OpeningFacts & MadeKnown, refuse) {
    if (made.datum.constants.currency === LOVELACE) return PASSED;
    const reserve = reserveOf(made, networkFacts.parameters);
    if (made.lovelace >= reserve) return PASSED;
    const found = `found ${made.lovelace}`;
    return refuse(CODE, `the channel’s output: expected the reserve of ${reserve} lovelace, ${found}`);
  },
});

export const derivedId = defineRule({
  name: 'channelId derives from an input that the transaction spends',
  codes: [`${P}_channel_id_mismatch`],
  source: `${SOURCE} 4`,
  check({ transaction, payload: { voucher } }: OpeningFacts, refuse) {
    if (transaction.inputs.some((input) => channelIdOf(input) === voucher.channelId)) return PASSED;
    const message = `paymentPayload.payload.voucher.channelId: expected the hash of an input, found ${voucher.channelId}`;
    return refuse(`${P}_channel_id_mismatch`, message);
  },
});

export const continues = defineRule({
  name: 'the channel’s address and datum stay as they were',
  codes: [CODE],
  source: `${SOURCE}, Top-up 3`,
  check({ made, channel }: TopUpFacts & MadeKnown, refuse) {
    if (made.address.text !== channel.address.text) {
      const message = `expected it at ${channel.address.text}, found it at ${made.address.text}`;
      return refuse(CODE, `the channel’s output: ${message}`);
    }
    if (isSameDatum(made.datum, channel.datum)) return PASSED;
    return refuse(CODE, 'the channel’s output: expected the datum of the channel, found another one');
  },
});
