import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import { createdOutputs } from '../../../ledger/transaction/created-outputs.js';
import { ok, type Result } from '../../../result.js';
import { factOf } from '../../output-facts.js';
import type { Refusal } from '../../refusal.js';
import { type Channel, continuationOf, guardOf, readChannel, subbedOf } from '../channel/channel.js';
import type { ClaimFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { orderedInputs, redeemerOf } from './spent.js';

const CODE = 'invalid_batch_settlement_cardano_claim_transaction';
const SOURCE = 'binding: "POST /settle", claim';

/** The channels that a claim spends, in the order of its inputs. */
export type ClaimedKnown = { readonly claimed: readonly Channel[] };

export const claimedChannels = defineRule({
  name: 'it spends channels of one validator that is served here, and nothing else at one',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, outputs, policy }: ClaimFacts, refuse): Result<ClaimedKnown, Refusal> {
    const refs = new Map(transaction.inputs.map((ref) => [outRefKey(ref), ref]));
    const claimed: Channel[] = [];
    for (const key of orderedInputs(transaction)) {
      const ref = refs.get(key);
      const fact = ref && factOf(outputs, ref);
      if (fact?.status !== 'unspent') continue;
      const guard = guardOf(fact.output.address);
      if (guard === undefined || !policy.channelValidators?.has(guard)) continue;
      const channel = readChannel(fact.output, guard);
      if (!channel.ok) return refuse(CODE, `the input ${key}: ${channel.error}`);
      const [expected, found] = [claimed[0]?.datum.ownHash ?? guard, channel.value.datum.ownHash];
      if (guard !== expected || found !== expected)
        return refuse(CODE, `the input ${key}: expected a channel of ${expected}, found one of ${found}`);
      claimed.push(channel.value);
    }
    if (claimed.length > 0) return ok({ claimed });
    return refuse(CODE, 'transaction: expected it to spend a channel of a validator served here, found none');
  },
});

export const redeemedByProvider = defineRule({
  name: 'the first channel is redeemed by Main with a Sub or Settle for each, the others by Defer, none by Mutual',
  codes: [CODE],
  source: `${SOURCE}; "Batching"`,
  check({ transaction, claimed }: ClaimFacts & ClaimedKnown, refuse) {
    for (const [at, { ref }] of claimed.entries()) {
      const redeemer = redeemerOf(transaction, ref);
      const found = redeemer?.kind ?? 'another form';
      if (at > 0 && redeemer?.kind !== 'defer')
        return refuse(CODE, `the channel ${ref}: expected the redeemer Defer, found ${found}`);
      if (at > 0) continue;
      if (redeemer?.kind !== 'main')
        return refuse(CODE, `the channel ${ref}: expected the redeemer Main, found ${found}`);
      const { steps } = redeemer;
      if (steps.length !== claimed.length)
        return refuse(CODE, `the redeemer Main: expected ${claimed.length} steps, found ${steps.length}`);
      const other = steps.find(({ kind }) => kind !== 'sub' && kind !== 'settle');
      if (other !== undefined)
        return refuse(CODE, `the redeemer Main: expected Sub and Settle only, found ${other.kind}`);
    }
    return PASSED;
  },
});

export const listed = defineRule({
  name: 'claims lists exactly the channels that it spends',
  codes: [CODE],
  source: SOURCE,
  check({ payload, claimed }: ClaimFacts & ClaimedKnown, refuse) {
    const expected = claimed.map(({ datum }) => datum.constants.tag).sort();
    const found = payload.claims.map(({ channelId }) => channelId).sort();
    if (expected.join() === found.join()) return PASSED;
    const message = `expected the ${expected.length} channels that the transaction spends, found ${found.length} others or more`;
    return refuse(CODE, `paymentPayload.payload.claims: ${message}`);
  },
});

export const totals = defineRule({
  name: 'each claim’s totalClaimed is what its channel comes to',
  codes: [CODE],
  source: 'binding: "POST /settle" (ClaimPayload)',
  check({ transaction, payload, claimed }: ClaimFacts & ClaimedKnown, refuse) {
    const created = createdOutputs(transaction);
    for (const channel of claimed) {
      const { tag } = channel.datum.constants;
      const after = continuationOf(channel, created);
      const claim = payload.claims.find(({ channelId }) => channelId === tag);
      const total = subbedOf(channel) + channel.held - (after?.held ?? 0n);
      if (after !== undefined && claim?.totalClaimed === total) continue;
      const found = after === undefined ? 'that it leaves no output' : `${claim?.totalClaimed}`;
      return refuse(CODE, `the claim of ${tag}: expected the total ${total}, found ${found}`);
    }
    return PASSED;
  },
});
