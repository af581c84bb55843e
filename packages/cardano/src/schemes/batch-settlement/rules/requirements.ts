import { parseShelleyAddress } from '../../../ledger/address/index.js';
import { networkIdOf } from '../../../ledger/network/network.js';
import { parseAssetId } from '../../../ledger/primitives/asset.js';
import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import { parseShape } from '../../shape.js';
import { MAX_IOU } from '../codec/iou.js';
import type { ExtraKnown, NetworkKnown, PriceKnown, RequestFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY } from '../facts/terms.js';
import { extraShape } from '../shapes/extra.js';

const P = 'invalid_batch_settlement_cardano';
const R = 'invalid_payment_requirements';
const AMOUNT = /^[1-9][0-9]{0,19}$/;
const DEFAULT_CONFIRMATIONS = 1;
const MEMPOOL = -1;

export const price = defineRule({
  name: 'amount, asset, payTo and maxTimeoutSeconds are well formed, and the operator allows the asset',
  codes: [R],
  source: 'binding: "402 response"; this deployment: chain.verification',
  check({ request, policy, network }: RequestFacts & NetworkKnown, refuse): Result<PriceKnown, Refusal> {
    const { amount, asset, payTo, maxTimeoutSeconds } = request.paymentRequirements;
    const wrong = (field: string, expected: string, found: string) =>
      refuse(R, `paymentRequirements.${field}: expected ${expected}, found ${found}`);
    if (!AMOUNT.test(amount) || BigInt(amount) > MAX_IOU)
      return wrong('amount', `a decimal integer from 1 to ${MAX_IOU} without leading zeros`, quote(amount));
    const parsedAsset = parseAssetId(asset);
    if (parsedAsset === undefined)
      return wrong('asset', '"lovelace" or a lowercase policyId.assetNameHex', quote(asset));
    const address = parseShelleyAddress(payTo);
    if (!address.ok)
      return wrong('payTo', `a Shelley address of ${network}`, `${quote(payTo)}: ${address.error}`);
    if (address.value.networkId !== networkIdOf(network))
      return wrong('payTo', `an address of ${network}`, `network id ${address.value.networkId}`);
    const isInTime = Number.isInteger(maxTimeoutSeconds) && maxTimeoutSeconds >= 1;
    if (!isInTime || maxTimeoutSeconds > policy.maxTimeoutSeconds)
      return wrong(
        'maxTimeoutSeconds',
        `an integer from 1 to ${policy.maxTimeoutSeconds}`,
        `${maxTimeoutSeconds}`,
      );
    if (policy.assets !== undefined && !policy.assets.has(parsedAsset))
      return wrong('asset', 'one that this deployment settles', parsedAsset);
    return ok({ asset: parsedAsset, amount: BigInt(amount), payTo: address.value, maxTimeoutSeconds });
  },
});

export const extra = defineRule({
  name: 'extra has its fields in their form, and its confirmation policy is one that this deployment settles',
  codes: [`${P}_extra`],
  source: 'binding: "402 response"',
  check({ request, policy }: RequestFacts, refuse): Result<ExtraKnown, Refusal> {
    const parsed = parseShape(extraShape, request.paymentRequirements.extra, 'paymentRequirements.extra');
    if (!parsed.ok) return refuse(`${P}_extra`, parsed.error);
    const { scriptHash, receiverAuthorizer, withdrawDelay, confirmationPolicy } = parsed.value;
    const requiredConfirmations = confirmationPolicy?.l1Confirmations ?? DEFAULT_CONFIRMATIONS;
    if (requiredConfirmations === MEMPOOL && !policy.acceptMempool) {
      const path = 'paymentRequirements.extra.confirmationPolicy.l1Confirmations';
      return refuse(`${P}_extra`, `${path}: this deployment does not settle ${MEMPOOL} (mempool acceptance)`);
    }
    return ok({ scriptHash, receiverAuthorizer, withdrawDelay, requiredConfirmations });
  },
});

export const servedValidator = defineRule({
  name: 'the validator is one that this deployment serves',
  codes: [`${P}_extra`],
  source: 'binding: "POST /verify"; this deployment: batchSettlement.scripts',
  check({ scriptHash, policy }: RequestFacts & Pick<ExtraKnown, 'scriptHash'>, refuse) {
    if (policy.channelValidators?.has(scriptHash)) return PASSED;
    const served = [...(policy.channelValidators ?? [])].join(' or ') || 'none here';
    return refuse(
      `${P}_extra`,
      `paymentRequirements.extra.scriptHash: expected ${served}, found ${scriptHash}`,
    );
  },
});

export const withdrawDelayRange = defineRule({
  name: 'the close period lasts 15 minutes to 30 days, and no less than maxTimeoutSeconds',
  codes: [`${P}_withdraw_delay_out_of_range`],
  source: 'binding: "402 response"',
  check({ withdrawDelay, maxTimeoutSeconds }: ExtraKnown & PriceKnown, refuse) {
    const least = Math.max(MIN_WITHDRAW_DELAY, maxTimeoutSeconds);
    if (withdrawDelay >= least && withdrawDelay <= MAX_WITHDRAW_DELAY) return PASSED;
    const expected = `${least} to ${MAX_WITHDRAW_DELAY} seconds`;
    const message = `paymentRequirements.extra.withdrawDelay: expected ${expected}, found ${withdrawDelay}`;
    return refuse(`${P}_withdraw_delay_out_of_range`, message);
  },
});
