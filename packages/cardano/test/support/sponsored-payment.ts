import {
  type ChainOutput,
  minAdaOfPayment,
  networkIdOf,
  outRefKey,
  type PaymentRequest,
  parseAddress,
  type ShelleyAddress,
  SPONSORSHIP_EXTENSION,
  type SponsorshipFact,
  slotAt,
} from '@x402-facilitator/cardano';
import type { SponsoredInput } from './internals.js';
import { fundPayer, type PlainOutput, SPONSORED_PRICE, TOKEN, tokenOutputs } from './payer-without-ada.js';
import { MERCHANT, PAYER } from './payment.js';
import { type BuiltTransaction, buildTransaction, type TransactionSpec } from './transaction-builder.js';
import { addressText, walletOf } from './wallet.js';
import { MemoryWorld, type SponsoringWorld } from './world.js';

export const FACILITATOR = walletOf('facilitator');
export const FEE = 200_000n;
export const POOL_LOVELACE = 5_000_000n;
const TTL_SECONDS = 300;

/** A sponsored payment before it is signed. */
export type SponsoredDraft = {
  readonly world: SponsoringWorld;
  readonly spec: TransactionSpec;
  /** The payer's output. */
  readonly source: ChainOutput;
  /** The facilitator's. */
  readonly pool: ChainOutput;
  /** Min-UTxO of the paying output, in lovelace: what is lent. */
  readonly minAda: bigint;
  readonly sponsored: SponsoredInput;
};

export type SponsoredChanges = {
  readonly transaction?: (draft: SponsoredDraft) => TransactionSpec | Promise<TransactionSpec>;
  /** What the facilitator is made to say of the reservation, beside the truth. */
  readonly fact?: (draft: SponsoredDraft) => SponsorshipFact | Promise<SponsorshipFact>;
  readonly nonce?: (draft: SponsoredDraft) => string;
  readonly requirements?: Readonly<Record<string, unknown>>;
  readonly extension?: unknown;
};

export function shelley(text: string): ShelleyAddress {
  const address = parseAddress(text);
  if (!address.ok || address.value.kind !== 'shelley') throw new TypeError(`no address: ${text}`);
  return address.value;
}

/** The usual outputs: the payment, the payer's own change, and what comes back to the facilitator. */
export function outputsOf(
  { minAda, world }: Pick<SponsoredDraft, 'minAda' | 'world'>,
  returned = POOL_LOVELACE - FEE - minAda,
): readonly [payment: PlainOutput, own: PlainOutput, change: PlainOutput] {
  const networkId = networkIdOf(world.network);
  const [payment, own] = tokenOutputs(networkId, minAda);
  return [payment, own, { address: FACILITATOR.addressBytes(networkId), lovelace: returned }];
}

export type SponsoredPayment = {
  readonly request: PaymentRequest;
  readonly built: BuiltTransaction;
  readonly draft: SponsoredDraft;
};

/** Makes the facilitator say this of the reservation. */
export function pretend(world: SponsoringWorld, fact: SponsorshipFact): void {
  if (!(world instanceof MemoryWorld))
    throw new TypeError('only a world in memory can be made to say anything');
  world.pretend(fact);
}

/** A payment in a token by somebody who owns no other ada than what the token travels with, but for what is bent. */
export async function sponsoredPayment(
  world: SponsoringWorld,
  changes: SponsoredChanges = {},
): Promise<SponsoredPayment> {
  const networkId = networkIdOf(world.network);
  const source = await fundPayer(world);
  const pool = await world.fund(FACILITATOR, { lovelace: POOL_LOVELACE });
  const payTo = shelley(addressText(MERCHANT.addressBytes(networkId)));
  const { coinsPerUtxoByte } = world.facts.parameters;
  const minAda = minAdaOfPayment({ payTo, asset: TOKEN, amount: SPONSORED_PRICE, coinsPerUtxoByte });
  const sponsored: SponsoredInput = {
    outRef: pool.outRef,
    lovelace: POOL_LOVELACE,
    changeAddress: shelley(FACILITATOR.address(networkId)),
    maxFeeLovelace: 400_000n,
    minAdaLovelace: 2_000_000n,
    payer: PAYER.address(networkId),
  };
  const spec: TransactionSpec = {
    inputs: [source.outRef, pool.outRef],
    outputs: outputsOf({ minAda, world }),
    fee: FEE,
    ttl: slotAt(world.facts.timeline, world.nowMs) + TTL_SECONDS,
    signers: [PAYER],
  };
  const draft: SponsoredDraft = { world, spec, source, pool, minAda, sponsored };
  const id = await world.lend(sponsored);
  const other = await changes.fact?.(draft);
  if (other !== undefined) pretend(world, other);
  const built = buildTransaction((await changes.transaction?.(draft)) ?? spec);
  const { network } = world;
  const request: PaymentRequest = {
    paymentPayload: {
      x402Version: 2,
      accepted: { scheme: 'exact', network },
      payload: { transaction: built.base64, nonce: changes.nonce?.(draft) ?? outRefKey(source.outRef) },
      extensions: {
        [SPONSORSHIP_EXTENSION]: 'extension' in changes ? changes.extension : { info: { id } },
      },
    },
    paymentRequirements: {
      scheme: 'exact',
      network,
      asset: TOKEN,
      amount: `${SPONSORED_PRICE}`,
      payTo: MERCHANT.address(networkId),
      maxTimeoutSeconds: 600,
      ...changes.requirements,
    },
  };
  return { request, built, draft };
}
