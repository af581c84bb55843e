import { ed25519 } from '@noble/curves/ed25519.js';
import type { ShelleyAddress } from '../../../../ledger/address/index.js';
import type { ChainAsset } from '../../../../ledger/facts/chain-facts.js';
import type { ProtocolParameters } from '../../../../ledger/facts/protocol-parameters.js';
import type { Network } from '../../../../ledger/network/network.js';
import { encodePlutusData } from '../../../../ledger/plutus/index.js';
import { type AssetId, LOVELACE } from '../../../../ledger/primitives/asset.js';
import type { TransactionOutput } from '../../../../ledger/transaction/transaction.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import type { MasumiEscrow } from '../../../policy.js';
import type { PaymentRequest } from '../../../request.js';
import { canonicalJson, sha256Hex } from './canonical-json.js';
import type { CommitmentPart } from './commitment.js';
import { datumAddressOf, type EscrowDatum, escrowDatumData, FUNDS_LOCKED, sameAddress } from './datum.js';
import {
  checkFreshness,
  checkMinUtxo,
  checkSignedFields,
  checkValue,
  leastLovelaceOfLock,
  lockIn,
} from './lock.js';
import { type SoundOrder, soundOrder } from './order.js';
import { MIN_COLLATERAL_LOVELACE } from './parameters.js';
import { checkRegistration } from './registry.js';

/** A price in Masumi's escrow, with everything proven that the seller's requirements can prove alone. */
export type MasumiOrder = SoundOrder & {
  readonly network: Network;
  /** The escrow's address, in bech32. */
  readonly payTo: string;
  readonly asset: AssetId;
  /** Atomic units of `asset`. */
  readonly amount: bigint;
};

/**
 * Reads a seller's requirements of the `masumi` method as a buyer must: closed forms, deadlines, the digests of what is
 * committed to, the escrow, and the seller's signature over all of it. Runs in browsers.
 *
 * @param price.trusted escrows that the buyer accepts besides the canonical one: each has other arbitrators.
 * @returns the order, or what is wrong: the scheme's code, place, expected and found.
 * @example
 * const order = readMasumiOrder(requirements, { network: 'cardano:preprod', asset: LOVELACE, amount: 5_000_000n, trusted: [] });
 */
export function readMasumiOrder(
  requirements: PaymentRequest['paymentRequirements'],
  price: Pick<MasumiOrder, 'network' | 'asset' | 'amount'> & { readonly trusted: readonly MasumiEscrow[] },
): Result<MasumiOrder, string> {
  const { network, asset, amount, trusted } = price;
  const sound = soundOrder({ requirements, network, trusted, verify: verifyStrictly });
  if (!sound.ok) return err(`${sound.error.code}: ${sound.error.message}`);
  return ok({ ...sound.value, network, payTo: requirements.payTo, asset, amount });
}

/** As a node does: no key of small order, and no malleable signature. */
function verifyStrictly(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/**
 * Checks the parts of the commitment whose content the seller leaves out because the buyer sent it: each must be the body
 * of the buyer's request, raw or as canonical JSON.
 *
 * @param body `undefined` when the request is not known.
 * @returns nothing, or the first part that is something else.
 */
export function checkOwnContent(
  { extra }: Pick<MasumiOrder, 'extra'>,
  body: Uint8Array | undefined,
): Result<undefined, string> {
  const foreign = extra.inputCommitment.parts.find(
    (part) => part.content === undefined && (body === undefined || digestOf(part, body) !== part.digest),
  );
  if (foreign === undefined) return DONE;
  return err(
    `expected the content of "${foreign.name}", or the digest of the request's body, found the digest of something else`,
  );
}

function digestOf({ canonicalization }: CommitmentPart, body: Uint8Array): string | undefined {
  if (canonicalization === 'raw') return sha256Hex(body);
  try {
    const canonical = canonicalJson(JSON.parse(new TextDecoder().decode(body)));
    return canonical === undefined ? undefined : sha256Hex(canonical);
  } catch {
    return undefined;
  }
}

/**
 * Checks a seller's claim to be registered against what the chain says.
 *
 * @param claim.resource the URL of what is bought.
 * @returns nothing, or what is expected and found.
 */
export function checkRegisteredSeller(
  { network, payTo, asset, amount, extra }: MasumiOrder,
  claim: { readonly entry: ChainAsset; readonly resource: string | undefined },
): Result<undefined, string> {
  const { entry, resource } = claim;
  const seller = extra.terms.sellerAddress;
  return checkRegistration({ asset: entry, terms: { network, payTo, asset, amount }, seller, resource });
}

/** The output that pays an order. */
export type BuyersLock = {
  /** CBOR of the datum that the output must carry inline. */
  readonly datum: Uint8Array;
  /** What the output must hold, exactly. */
  readonly lovelace: bigint;
  /** The part of it that is not the price. The contract returns it to the buyer in the end. */
  readonly collateralLovelace: bigint;
};

type LockCosts = Pick<ProtocolParameters, 'coinsPerUtxoByte'>;

/**
 * The lock that pays an order: its datum, and the least ADA from which the seller can take the next step.
 *
 * @param outputBytes the size of the output that holds so much with this datum, as the caller writes it.
 */
export function buyersLock(
  order: MasumiOrder,
  buyer: ShelleyAddress,
  costs: LockCosts,
  outputBytes: (lovelace: bigint, datum: Uint8Array) => number,
): BuyersLock {
  const price = order.asset === LOVELACE ? order.amount : 0n;
  // Each round can only raise the collateral, and by less each time: it ends.
  for (let collateralLovelace = 0n; ; ) {
    const content = datumOf(order, buyer, collateralLovelace);
    const datum = encodePlutusData(escrowDatumData(content));
    const lovelace = price + collateralLovelace;
    const size = { outputBytes: outputBytes(lovelace, datum), datumBytes: datum, datum: content };
    const missing = leastLovelaceOfLock(size, costs) - price;
    if (missing <= collateralLovelace) return { datum, lovelace, collateralLovelace };
    collateralLovelace = missing > MIN_COLLATERAL_LOVELACE ? missing : MIN_COLLATERAL_LOVELACE;
  }
}

/** The datum of a fresh lock. */
function datumOf({ extra }: MasumiOrder, buyer: ShelleyAddress, collateralLovelace: bigint): EscrowDatum {
  const { terms, referenceKey, referenceSignature } = extra;
  return {
    buyer: datumAddressOf(buyer),
    buyer_return_address: undefined,
    seller: datumAddressOf(terms.sellerAddress),
    seller_return_address: terms.sellerReturnAddress && datumAddressOf(terms.sellerReturnAddress),
    reference_key: referenceKey,
    reference_signature: referenceSignature,
    seller_nonce: terms.sellerNonce,
    buyer_nonce: terms.buyerNonce,
    agent_identifier: terms.agentIdentifier,
    collateral_return_lovelace: collateralLovelace,
    input_hash: terms.inputHash,
    result_hash: '',
    pay_by_time: terms.payByTime,
    submit_result_time: terms.submitResultTime,
    unlock_time: terms.unlockTime,
    external_dispute_unlock_time: terms.externalDisputeUnlockTime,
    seller_cooldown_time: 0n,
    buyer_cooldown_time: 0n,
    state: FUNDS_LOCKED,
  };
}

/**
 * Checks the output of a finished transaction by the facilitator's own rules: no node judges a lock, and a wrong one can
 * never be spent.
 *
 * @returns nothing, or why the lock is wrong.
 */
export function checkBuyersLock(
  output: TransactionOutput,
  order: MasumiOrder,
  buyer: ShelleyAddress,
  costs: LockCosts,
): Result<undefined, string> {
  const lock = lockIn(output);
  if (!lock.ok) return err(lock.error.message);
  const { datum } = lock.value;
  if (!sameAddress(datum.buyer, datumAddressOf(buyer)) || datum.buyer_return_address !== undefined)
    return err(`transaction: expected ${buyer.text} as the buyer, found another`);
  for (const checked of [
    checkFreshness(lock.value),
    checkSignedFields(lock.value, order.extra),
    checkValue(lock.value, order),
    checkMinUtxo(lock.value, costs),
  ])
    if (!checked.ok) return err(checked.error.message);
  return DONE;
}
