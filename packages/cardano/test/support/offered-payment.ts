import {
  type ChainOutput,
  networkIdOf,
  outRefKey,
  type PaymentRequest,
  slotAt,
} from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import { fundPayer, type PlainOutput, SPONSORED_PRICE, TOKEN, tokenOutputs } from './payer-without-ada.js';
import { MERCHANT, PAYER } from './payment.js';
import { type BuiltTransaction, buildTransaction, type TransactionSpec } from './transaction-builder.js';
import { type Wallet, walletOf } from './wallet.js';
import type { Funds, World } from './world.js';

/** The seller's key that pays fees: not the one that is paid. */
export const SPONSOR = walletOf('sponsor');
export const OFFERED_FEE = 200_000n;
export const OFFERED_MAX_FEE = 300_000n;
export const OFFERED_LOVELACE = 1_500_000n;
export const OFFERED_TTL_SECONDS = 300;

/** The offer as requirements carry it. */
export type WrittenOffer = Readonly<
  Record<'input' | 'address' | 'lovelace' | 'maxFee' | 'expiresAt', string>
>;

/** A payment whose seller pays the fee, before it is signed. */
export type OfferedDraft = {
  readonly world: World;
  readonly spec: TransactionSpec;
  /** The payer's output. */
  readonly source: ChainOutput;
  /** The seller's. */
  readonly lent: ChainOutput;
  readonly offer: WrittenOffer;
};

export type OfferedChanges = {
  /** Whose output is offered, and what it holds. */
  readonly lent?: { readonly owner?: Wallet | string; readonly funds?: Partial<Funds> };
  readonly transaction?: (draft: OfferedDraft) => TransactionSpec | Promise<TransactionSpec>;
  /** Bends the offer as the requirements carry it. */
  readonly offer?: (draft: OfferedDraft) => unknown;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly requirements?: Readonly<Record<string, unknown>>;
  readonly nonce?: (draft: OfferedDraft) => string;
  /** What is beside transaction and nonce. */
  readonly payload?: (built: BuiltTransaction) => Readonly<Record<string, unknown>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
};

export type OfferedPayment = {
  readonly request: PaymentRequest;
  readonly built: BuiltTransaction;
  readonly draft: OfferedDraft;
};

/** The usual outputs: the payment with what is left of the offered ada, and all that the payer keeps. */
export function offeredOutputs(
  { networkId }: { readonly networkId: 0 | 1 },
  returned = OFFERED_LOVELACE - OFFERED_FEE,
): readonly [payment: PlainOutput, own: PlainOutput] {
  return tokenOutputs(networkId, returned);
}

/** A witness set in every form that CBOR leaves, or with something else in it. */
export function witnessSetHex(
  signatures: readonly { readonly publicKey: Uint8Array; readonly signature: Uint8Array }[],
  {
    length,
    tagged = false,
    more = [],
  }: {
    readonly length?: cbor.Length;
    readonly tagged?: boolean;
    readonly more?: readonly (readonly [cbor.Cbor, cbor.Cbor])[];
  } = {},
): string {
  const items = signatures.map(({ publicKey, signature }) =>
    cbor.array([cbor.bytes(publicKey), cbor.bytes(signature)], length),
  );
  const list = tagged ? cbor.set(items, length) : cbor.array(items, length);
  return Buffer.from(cbor.map([[cbor.int(0), list], ...more], length)).toString('hex');
}

/** What the seller adds at `/settle`. */
export function sponsorWitnesses({ id }: Pick<BuiltTransaction, 'id'>, signer = SPONSOR): string {
  return witnessSetHex([{ publicKey: signer.publicKey, signature: signer.sign(cbor.hex(id)) }]);
}

/** A payment in a token by somebody who owns no other ada than what the token travels with, but for what is bent. */
export async function offeredPayment(world: World, changes: OfferedChanges = {}): Promise<OfferedPayment> {
  const { network } = world;
  const networkId = networkIdOf(network);
  const source = await fundPayer(world);
  const { owner = SPONSOR, funds } = changes.lent ?? {};
  const lent = await world.fund(owner, { lovelace: OFFERED_LOVELACE, ...funds });
  const ttl = slotAt(world.facts.timeline, world.nowMs) + OFFERED_TTL_SECONDS;
  const offer: WrittenOffer = {
    input: outRefKey(lent.outRef),
    address: SPONSOR.address(networkId),
    lovelace: `${OFFERED_LOVELACE}`,
    maxFee: `${OFFERED_MAX_FEE}`,
    expiresAt: `${world.nowMs + 1000 * OFFERED_TTL_SECONDS}`,
  };
  const spec: TransactionSpec = {
    inputs: [source.outRef, lent.outRef],
    outputs: offeredOutputs({ networkId }),
    fee: OFFERED_FEE,
    ttl,
    signers: [PAYER],
  };
  const draft: OfferedDraft = { world, spec, source, lent, offer };
  const built = buildTransaction((await changes.transaction?.(draft)) ?? spec);
  const feeSponsor = changes.offer === undefined ? offer : changes.offer(draft);
  const request: PaymentRequest = {
    paymentPayload: {
      x402Version: 2,
      accepted: { scheme: 'exact', network },
      payload: {
        transaction: built.base64,
        nonce: changes.nonce?.(draft) ?? outRefKey(source.outRef),
        ...changes.payload?.(built),
      },
      ...(changes.extensions === undefined ? {} : { extensions: changes.extensions }),
    },
    paymentRequirements: {
      scheme: 'exact',
      network,
      asset: TOKEN,
      amount: `${SPONSORED_PRICE}`,
      payTo: MERCHANT.address(networkId),
      maxTimeoutSeconds: 600,
      extra: {
        areFeesSponsored: true,
        ...(feeSponsor === undefined ? {} : { feeSponsor }),
        ...changes.extra,
      },
      ...changes.requirements,
    },
  };
  return { request, built, draft };
}

/** The request with the seller's witness in it. */
export function withSponsorWitnesses(
  { request, built }: Pick<OfferedPayment, 'request' | 'built'>,
  hex: unknown = sponsorWitnesses(built),
): PaymentRequest {
  const { paymentPayload } = request;
  const payload = { ...paymentPayload.payload, sponsorWitnesses: hex };
  return { ...request, paymentPayload: { ...paymentPayload, payload } };
}
