import { createHash } from 'node:crypto';
import {
  type AssetId,
  type MasumiEscrow,
  networkIdOf,
  type PaymentRequest,
  parseShelleyAddress,
  type ShelleyAddress,
  toHex,
} from '@x402-facilitator/cardano';
import canonicalize from 'canonicalize';
import * as cbor from './cbor-writer.js';
import {
  CANONICAL_ESCROW,
  datumAddressOf,
  type EscrowDatum,
  encodeIdentifier,
  encodePlutusData,
  escrowAddress,
  escrowDatumData,
  inputHashOf,
  termsDigestOf,
} from './internals.js';
import { type Draft, PAYER, type PaymentChanges, paymentOn } from './payment.js';
import type { OutputSpec, TransactionSpec } from './transaction-builder.js';
import { type Wallet, walletOf } from './wallet.js';
import type { Funds, World } from './world.js';

type Json = Readonly<Record<string, unknown>>;

export const SELLER = walletOf('seller');
export const LOCK_PRICE = 5_000_000n;
/** A lock is a larger transaction than a plain payment. */
const LOCK_FEE = 300_000n;
const MINUTE = 60_000;

/** The parts of a COSE signature that a case may bend; what it signs is the terms' digest. */
export type Cose = {
  readonly signer: Wallet;
  readonly keyFields: readonly (readonly [cbor.Cbor, cbor.Cbor])[];
  readonly protectedHeaders: readonly (readonly [cbor.Cbor, cbor.Cbor])[];
  readonly unprotectedHeaders: readonly (readonly [cbor.Cbor, cbor.Cbor])[];
  readonly payload: Uint8Array;
};

/** What a case may bend of an order and its lock. The seller signs all that is bent before its signature. */
export type MasumiChanges = {
  readonly amount?: bigint;
  readonly asset?: AssetId;
  readonly payTo?: string;
  /** Fields of `terms` before they are signed; `undefined` leaves one out. */
  readonly terms?: Json;
  readonly commitment?: (commitment: Commitment) => Json;
  readonly cose?: (cose: Cose) => Cose;
  /** Signs the terms' digest, as hex, by other means. */
  readonly sign?: (termsDigest: string) => SellerAuthorization;
  /** Another deployment than the canonical one. */
  readonly escrow?: MasumiEscrow;
  /** `extra` after the seller has signed. */
  readonly extra?: (extra: Extra) => Json;
  /** Top-level fields of the requirements after the seller has signed. */
  readonly requirements?: Json;
  readonly datum?: (datum: EscrowDatum) => EscrowDatum;
  /** The datum's CBOR instead of the usual one. */
  readonly datumCbor?: (usual: cbor.Cbor) => cbor.Cbor;
  /** The output that locks the funds. */
  readonly output?: (output: Exclude<OutputSpec, Uint8Array>) => OutputSpec;
  readonly transaction?: (spec: TransactionSpec, draft: Draft) => TransactionSpec;
  readonly resource?: { readonly url: string };
  readonly funds?: Partial<Funds>;
};

/** `extra.inputCommitment` with one echoed and one omitted content. */
export type Commitment = {
  readonly version: '1';
  readonly algorithm: 'sha256';
  readonly parts: readonly Json[];
  readonly digest: string;
};

export type Extra = Json & {
  readonly terms: Json;
  readonly inputCommitment: Json;
  readonly referenceKey: string;
  readonly referenceSignature: string;
};

function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A part of a commitment with its content. */
export function jcsPart(name: string, content: unknown): Json {
  return { name, canonicalization: 'jcs', content, digest: sha256(canonicalize(content) ?? '') };
}

/** The commitment over parts, its digest computed. */
export function commitmentOf(parts: readonly Json[]): Commitment {
  const manifest = parts.map(({ name, canonicalization, mediaType, digest }) => ({
    name: String(name),
    canonicalization: canonicalization === 'raw' ? ('raw' as const) : ('jcs' as const),
    mediaType: mediaType === undefined ? undefined : String(mediaType),
    content: undefined,
    digest: String(digest),
  }));
  return { version: '1', algorithm: 'sha256', parts, digest: inputHashOf(manifest) ?? '' };
}

const COMMITMENT = commitmentOf([
  { ...jcsPart('body', { units: 'metric', days: 3 }), mediaType: 'application/json' },
  { name: 'raw', canonicalization: 'raw', digest: sha256('kept by the buyer') },
]);

export function addressOn(world: Pick<World, 'network'>, text: string): ShelleyAddress {
  const address = parseShelleyAddress(text);
  if (!address.ok) throw new Error(`${text} on ${world.network}: ${address.error}`);
  return address.value;
}

/** What `signData` gives, as the requirements carry it. */
export type SellerAuthorization = { readonly referenceKey: string; readonly referenceSignature: string };

/** CIP-30's `signData`, with every part of it in reach. */
export function signData(cose: Cose): SellerAuthorization {
  const { signer, keyFields, protectedHeaders, unprotectedHeaders, payload } = cose;
  const headers = cbor.map(protectedHeaders);
  const sigStructure = cbor.array([
    cbor.text('Signature1'),
    cbor.bytes(headers),
    cbor.bytes(new Uint8Array()),
    cbor.bytes(payload),
  ]);
  const sign1 = cbor.array([
    cbor.bytes(headers),
    cbor.map(unprotectedHeaders),
    cbor.bytes(payload),
    cbor.bytes(signer.sign(sigStructure)),
  ]);
  return { referenceKey: toHex(cbor.map(keyFields)), referenceSignature: toHex(sign1) };
}

function coseOf(signer: Wallet, address: ShelleyAddress, termsDigest: string): Cose {
  return {
    signer,
    keyFields: [
      [cbor.int(1), cbor.int(1)],
      [cbor.int(3), cbor.int(-8)],
      [cbor.int(-1), cbor.int(6)],
      [cbor.int(-2), cbor.bytes(signer.publicKey)],
    ],
    protectedHeaders: [
      [cbor.int(1), cbor.int(-8)],
      [cbor.text('address'), cbor.bytes(address.bytes)],
    ],
    unprotectedHeaders: [[cbor.text('hashed'), cbor.FALSE]],
    payload: cbor.hex(termsDigest),
  };
}

type Requirements = PaymentRequest['paymentRequirements'];
export type Order = { readonly requirements: Requirements & { readonly extra: Json }; readonly extra: Extra };

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What a seller asks: terms signed by its key, for an escrow that locks funds by the canonical parameters. */
export function orderOn(world: Pick<World, 'network' | 'nowMs'>, changes: MasumiChanges = {}): Order {
  const networkId = networkIdOf(world.network);
  const { escrow = CANONICAL_ESCROW } = changes;
  const commitment = changes.commitment?.(COMMITMENT) ?? COMMITMENT;
  const terms: Json = Object.fromEntries(
    Object.entries({
      version: '1',
      paymentType: 'Web3CardanoV2',
      sellerAddress: SELLER.address(networkId),
      sellerNonce: '5e'.repeat(32),
      buyerNonce: '',
      inputHash: commitment.digest,
      payByTime: `${world.nowMs + 10 * MINUTE}`,
      submitResultTime: `${world.nowMs + 30 * MINUTE}`,
      unlockTime: `${world.nowMs + 60 * MINUTE}`,
      externalDisputeUnlockTime: `${world.nowMs + 90 * MINUTE}`,
      ...changes.terms,
    }).filter(([, value]) => value !== undefined),
  );
  const base = {
    scheme: 'exact',
    network: world.network,
    asset: changes.asset ?? 'lovelace',
    amount: `${changes.amount ?? LOCK_PRICE}`,
    payTo: changes.payTo ?? escrowAddress(escrow, world.network),
    maxTimeoutSeconds: 600,
  };
  const termsDigest = termsDigestOf(base, terms) ?? '';
  const seller = addressOn(world, SELLER.address(networkId));
  const cose = coseOf(SELLER, seller, termsDigest);
  const signed = changes.sign?.(termsDigest) ?? signData(changes.cose?.(cose) ?? cose);
  const usual: Extra = {
    assetTransferMethod: 'masumi',
    confirmationPolicy: { l1Confirmations: 1 },
    inputCommitment: commitment,
    terms,
    ...signed,
    blockchainIdentifier: encodeIdentifier({
      sellerNonce: text(terms.sellerNonce),
      agentIdentifier: text(terms.agentIdentifier),
      buyerNonce: text(terms.buyerNonce),
      ...signed,
      contractAddress: base.payTo,
    }),
    // Preview has no canonical deployment: the one of the other networks is spelled out.
    ...(world.network === 'cardano:preview' ? { deployment: escrow.deployment } : {}),
  };
  const extra = changes.extra?.(usual) ?? usual;
  return { requirements: { ...base, extra, ...changes.requirements }, extra: usual };
}

/** The datum of a fresh lock by the payer. */
export function datumOf(world: World, { extra }: Order, collateral: bigint): EscrowDatum {
  const { terms, referenceKey, referenceSignature } = extra;
  const networkId = networkIdOf(world.network);
  const sellerReturn = terms.sellerReturnAddress;
  const addressIfLegal = (value: unknown, otherwise: string) => {
    const address = parseShelleyAddress(text(value));
    const isWritable = address.ok && address.value.stake?.kind !== 'pointer';
    return datumAddressOf(isWritable ? address.value : addressOn(world, otherwise));
  };
  const time = (value: unknown) => BigInt(/^\d+$/.test(text(value)) ? text(value) : '1');
  const hexOf = (value: unknown) => (/^(?:[0-9a-f]{2})*$/.test(text(value)) ? text(value) : '');
  return {
    buyer: datumAddressOf(addressOn(world, PAYER.address(networkId))),
    buyer_return_address: undefined,
    seller: addressIfLegal(terms.sellerAddress, SELLER.address(networkId)),
    seller_return_address:
      sellerReturn === undefined ? undefined : addressIfLegal(sellerReturn, SELLER.address(networkId)),
    reference_key: referenceKey,
    reference_signature: referenceSignature,
    seller_nonce: hexOf(terms.sellerNonce),
    buyer_nonce: hexOf(terms.buyerNonce),
    agent_identifier: hexOf(terms.agentIdentifier),
    collateral_return_lovelace: collateral,
    input_hash: hexOf(terms.inputHash),
    result_hash: '',
    pay_by_time: time(terms.payByTime),
    submit_result_time: time(terms.submitResultTime),
    unlock_time: time(terms.unlockTime),
    external_dispute_unlock_time: time(terms.externalDisputeUnlockTime),
    seller_cooldown_time: 0n,
    buyer_cooldown_time: 0n,
    state: 0n,
  };
}

/** The fields of an output that carries a datum inline. */
export function inlineDatum(datum: cbor.Cbor): readonly [number, cbor.Cbor] {
  return [2, cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(datum))])];
}

/** What a token payment locks in lovelace; a lovelace payment needs none. */
const TOKEN_COLLATERAL = 4_000_000n;

/** The order and the lock that pays it, as changes to the usual payment. */
export function masumiChanges(world: World, changes: MasumiChanges = {}): PaymentChanges {
  const order = orderOn(world, changes);
  const { asset, amount } = order.requirements;
  const isLovelace = asset === 'lovelace';
  const collateral = isLovelace ? 0n : TOKEN_COLLATERAL;
  const usual = datumOf(world, order, collateral);
  const datum = changes.datum?.(usual) ?? usual;
  const encoded = encodePlutusData(escrowDatumData(datum));
  const [policyId = '', assetName = ''] = asset.split('.');
  const lock = {
    address: addressOn(world, escrowAddress(changes.escrow ?? CANONICAL_ESCROW, world.network)).bytes,
    lovelace: isLovelace ? BigInt(amount) : collateral,
    ...(isLovelace ? {} : { assets: [[policyId, assetName, BigInt(amount)] as const] }),
    extra: [inlineDatum(changes.datumCbor?.(encoded) ?? encoded)],
  };
  const output = changes.output?.(lock) ?? lock;
  return {
    requirements: order.requirements,
    ...(changes.funds === undefined ? {} : { funds: changes.funds }),
    transaction: (draft) => {
      const { lovelace: locked, assets } = output instanceof Uint8Array ? lock : output;
      const change = {
        address: PAYER.addressBytes(networkIdOf(world.network)),
        lovelace: draft.source.lovelace - locked - LOCK_FEE,
        assets: [...draft.source.assets].flatMap(([id, quantity]) => {
          const spent = (assets ?? []).find(([policy, name]) => `${policy}.${name}` === id)?.[2] ?? 0n;
          const [policy = '', name = ''] = id.split('.');
          return quantity > spent ? [[policy, name, quantity - spent] as const] : [];
        }),
      };
      const spec = { ...draft.spec, fee: LOCK_FEE, outputs: [output, change] };
      return changes.transaction?.(spec, draft) ?? spec;
    },
  };
}

/** A Masumi payment on a ledger, good but for what is bent. */
export async function masumiPaymentOn(world: World, changes: MasumiChanges = {}): Promise<PaymentRequest> {
  const request = await paymentOn(world, masumiChanges(world, changes));
  if (changes.resource === undefined) return request;
  return { ...request, paymentPayload: { ...request.paymentPayload, resource: changes.resource } };
}

/** The digest of the terms that a Masumi order names. */
export function termsDigestIn({ paymentRequirements }: PaymentRequest): string {
  const { terms } = paymentRequirements.extra ?? {};
  return (
    termsDigestOf(paymentRequirements, typeof terms === 'object' && terms !== null ? { ...terms } : {}) ?? ''
  );
}
