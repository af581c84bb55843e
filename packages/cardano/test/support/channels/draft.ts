import {
  type AssetId,
  type ChainOutput,
  type FollowedFact,
  lovelace,
  type NetworkFacts,
  type OutRefKey,
  outRefKey,
  type PaymentRequest,
  slotAt,
  toHex,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { CHANNEL_VALIDATOR } from '../../channel-validator/validator.js';
import * as cbor from '../cbor-writer.js';
import { encodePlutusData, type PlutusData, type ReservedInput } from '../internals.js';
import { integrityHash } from '../ledger-draft.js';
import { PREVIEW } from '../network.js';
import {
  type BuiltTransaction,
  buildTransaction,
  outRefCbor,
  type TransactionSpec,
} from '../transaction-builder.js';
import type { Wallet } from '../wallet.js';
import { txHash } from '../world.js';
import { SCRIPT_HASH, signIou } from './outputs.js';
import { CONSUMER, IOU_KEY, PRICE_PER_REQUEST, PROVIDER, SELLER_ADDRESS, WITHDRAW_DELAY } from './parties.js';

export const NOW_MS = Date.UTC(2026, 0, 1, 12);
export const NOW_SLOT = slotAt(PREVIEW.timeline, NOW_MS);
/** Covers the largest budget that the protocol allows. */
export const CHANNEL_FEE = 2_500_000n;
const PLUTUS_V3_SCRIPTS = 7;
const REDEEMERS = 5;

/** How an input that a script guards is redeemed. */
export type Redeemed = { readonly input: OutRefKey; readonly data: PlutusData | cbor.Cbor };

/** A request about a channel, before its transaction is written and signed. */
export type ChannelDraft = {
  readonly currency: AssetId;
  /** Undefined for a voucher. */
  readonly transaction?:
    | {
        readonly spec: TransactionSpec;
        readonly redeemed: readonly Redeemed[];
        readonly collateral: readonly ChainOutput[];
        /** Bends the bytes after they were written and signed. */
        readonly encode?: (built: BuiltTransaction) => string;
      }
    | undefined;
  /** What is unspent; every other output is missing. */
  readonly unspent: readonly ChainOutput[];
  readonly spent?: readonly ChainOutput[];
  readonly hidden?: readonly OutRefKey[];
  readonly followed?: FollowedFact;
  readonly reservedInput?: ReservedInput;
  /** The payload, given the transaction. */
  readonly payload: (transaction: string) => Readonly<Record<string, unknown>>;
  readonly requirements: Readonly<Record<string, unknown>>;
  readonly accepted?: Readonly<Record<string, unknown>>;
  readonly policy?: Partial<VerificationPolicy>;
  readonly x402Version?: number;
  readonly protocolVersion?: number;
  /** Of the ledger that it is for, where that is another one than in memory. */
  readonly facts?: NetworkFacts;
};

/** Changes a draft. */
export type ChannelBend = (draft: ChannelDraft) => ChannelDraft;

/** A wallet's output of ADA, and of a currency where told. */
export function walletOutput(
  name: string,
  owner: Wallet,
  amount: bigint,
  tokens?: readonly [AssetId, bigint],
): ChainOutput {
  return {
    outRef: { txHash: txHash(name), index: 1 },
    address: owner.address(0),
    lovelace: lovelace(amount),
    assets: new Map(tokens === undefined ? [] : [tokens]),
  };
}

/** Requirements of a channel in this currency. */
export function requirementsOf(currency: AssetId): Readonly<Record<string, unknown>> {
  return {
    scheme: 'batch-settlement',
    network: 'cardano:preview',
    asset: currency,
    amount: `${PRICE_PER_REQUEST}`,
    payTo: SELLER_ADDRESS.address(0),
    maxTimeoutSeconds: 600,
    extra: { scriptHash: SCRIPT_HASH, receiverAuthorizer: PROVIDER.keyHash, withdrawDelay: WITHDRAW_DELAY },
  };
}

/** The configuration of a channel in this currency. */
export function configOf(currency: AssetId) {
  return {
    payer: CONSUMER.keyHash,
    payerAuthorizer: toHex(IOU_KEY.publicKey),
    receiver: SELLER_ADDRESS.address(0),
    receiverAuthorizer: PROVIDER.keyHash,
    token: currency,
    withdrawDelay: WITHDRAW_DELAY,
  };
}

/** A voucher, signed. */
export function voucherOf(channelId: string, amount: bigint, channelRef?: OutRefKey) {
  return {
    channelId,
    maxClaimableAmount: `${amount}`,
    signature: signIou(channelId, amount),
    ...(channelRef === undefined ? {} : { channelRef }),
  };
}

/** What answering for another channel takes of the budget, among thirty. */
const DEFER = [100_000, 40_000_000] as const;
/** What the protocol allows to a transaction. */
const ALL = [14_000_000, 10_000_000_000] as const;

/** The budgets of so many redeemers: together what the protocol allows, most of it for the first. */
function budgets(count: number): readonly (readonly [number, number])[] {
  const first = [ALL[0] - (count - 1) * DEFER[0], ALL[1] - (count - 1) * DEFER[1]] as const;
  return Array.from({ length: count }, (_, at) => (at === 0 ? first : DEFER));
}

function redeemersCbor(spec: TransactionSpec, redeemed: readonly Redeemed[]): cbor.Cbor {
  const order = [...new Set(spec.inputs.map(outRefKey))].sort();
  const units = budgets(redeemed.length);
  return cbor.map(
    redeemed.map(({ input, data }, at) => [
      cbor.array([cbor.int(0), cbor.int(order.indexOf(input))]),
      cbor.array([
        data instanceof Uint8Array ? data : encodePlutusData(data),
        cbor.array((units[at] ?? [0, 0]).map((unit) => cbor.int(unit))),
      ]),
    ]),
  );
}

/** The transaction of a draft, with everything that its scripts need. */
export function written({ transaction, protocolVersion, facts }: ChannelDraft): BuiltTransaction | undefined {
  if (transaction === undefined) return undefined;
  const { spec, redeemed, collateral } = transaction;
  if (redeemed.length === 0) return buildTransaction(spec);
  const redeemers = redeemersCbor(spec, redeemed);
  const { parameters } = facts ?? factsAt(protocolVersion);
  const script = cbor.set([cbor.bytes(CHANNEL_VALIDATOR.bytes)]);
  return buildTransaction({
    ...spec,
    body: {
      11: cbor.bytes(integrityHash(parameters, ['plutusV3'], { redeemers })),
      13: cbor.set(collateral.map(({ outRef }) => outRefCbor(outRef))),
      ...spec.body,
    },
    witnesses: { [PLUTUS_V3_SCRIPTS]: script, [REDEEMERS]: redeemers, ...spec.witnesses },
  });
}

/** The network's facts at a protocol version, or at its own. */
export function factsAt(major = PREVIEW.parameters.protocolVersion.major) {
  return { ...PREVIEW, parameters: { ...PREVIEW.parameters, protocolVersion: { major, minor: 0 } } };
}

/** The request of a draft. */
export function requestOf(draft: ChannelDraft): PaymentRequest {
  const built = written(draft);
  const { encode } = draft.transaction ?? {};
  const base64 = built === undefined ? '' : (encode?.(built) ?? built.base64);
  const accepted = { scheme: 'batch-settlement', network: 'cardano:preview', ...draft.accepted };
  return {
    paymentPayload: { x402Version: draft.x402Version ?? 2, accepted, payload: draft.payload(base64) },
    paymentRequirements: draft.requirements as PaymentRequest['paymentRequirements'],
  };
}
