import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  addressOf,
  blake2b224,
  blake2b256,
  type OutRef,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano';
import type { Devnet } from '@x402-facilitator/devnet';
import { encode, Tag } from 'cbor2';

const RAW_KEY_LENGTH = 32;
const SET = 258;
/** A fee that any small transaction may pay. */
const AMPLE_FEE = 200_000n;

/** An output that a payer owns. */
export type Coin = { readonly outRef: OutRef; readonly lovelace: bigint };

/** One output of a payment: to an address's bytes. */
export type Target = { readonly to: Uint8Array; readonly lovelace: bigint };

/** The fields of a payment's body. Omitted ones get values that the ledger accepts. */
export type PaymentFields = {
  readonly from: readonly Coin[];
  readonly targets: readonly Target[];
  readonly fee?: bigint;
  readonly ttl?: number;
  readonly validityStart?: number;
  readonly networkId?: number;
  /** Body fields by number that overwrite the generated ones. */
  readonly body?: ReadonlyMap<number, unknown>;
  readonly witnesses?: ReadonlyMap<number, unknown>;
  readonly auxiliaryData?: Uint8Array | null;
};

export type SignedPayment = { readonly id: TxHash; readonly bytes: Uint8Array };

/** A payer with one key and an enterprise address on a testnet. */
export class Payer {
  readonly address: string;
  readonly addressBytes: Uint8Array;
  readonly keyHash: string;
  readonly #privateKey: KeyObject;
  readonly #publicKey: Uint8Array;

  constructor(networkId: 0 | 1 = 0) {
    const { privateKey } = generateKeyPairSync('ed25519');
    this.#privateKey = privateKey;
    this.#publicKey = Uint8Array.from(
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-RAW_KEY_LENGTH),
    );
    this.keyHash = toHex(blake2b224(this.#publicKey));
    this.addressBytes = Uint8Array.from([0x60 | networkId, ...Buffer.from(this.keyHash, 'hex')]);
    const address = addressOf(this.addressBytes);
    if (!address.ok) throw new Error(address.error);
    this.address = address.value.text;
  }

  /** Asks the faucet for coins of equal size. */
  fund(devnet: Devnet, lovelace: bigint, outputs = 1): readonly Coin[] {
    const result = devnet.faucet.grant({ address: this.address, lovelace, assets: new Map(), outputs });
    if (result.kind === 'refused') throw new Error(result.message);
    return result.outputs.map((output) => ({
      outRef: { txHash: output.txHash, index: output.index },
      lovelace: output.lovelace,
    }));
  }

  /** A vkey witness over a transaction id. */
  witness(id: Uint8Array): [Uint8Array, Uint8Array] {
    return [this.#publicKey, Uint8Array.from(sign(null, id, this.#privateKey))];
  }

  /**
   * Builds and signs exactly what the fields say, even if it is invalid. The rest of the money returns to the payer.
   */
  pay(fields: PaymentFields): SignedPayment {
    const { from, targets, fee = AMPLE_FEE, ttl, validityStart, networkId } = fields;
    const spent = targets.reduce((sum, { lovelace }) => sum + lovelace, fee);
    const change = from.reduce((sum, { lovelace }) => sum + lovelace, 0n) - spent;
    const outputs = change > 0n ? [...targets, { to: this.addressBytes, lovelace: change }] : targets;
    const body = new Map<number, unknown>([
      [
        0,
        new Tag(
          SET,
          from.map(({ outRef }) => [Uint8Array.from(Buffer.from(outRef.txHash, 'hex')), outRef.index]),
        ),
      ],
      [
        1,
        outputs.map(
          ({ to, lovelace }) =>
            new Map<number, unknown>([
              [0, to],
              [1, lovelace],
            ]),
        ),
      ],
      [2, fee],
    ]);
    if (ttl !== undefined) body.set(3, ttl);
    if (validityStart !== undefined) body.set(8, validityStart);
    if (networkId !== undefined) body.set(15, networkId);
    for (const [key, value] of fields.body ?? []) body.set(key, value);
    const bodyBytes = encode(body);
    const id = blake2b256(bodyBytes);
    const witnesses = fields.witnesses ?? new Map([[0, new Tag(SET, [this.witness(id)])]]);
    const auxiliary = fields.auxiliaryData ?? Uint8Array.of(0xf6);
    const bytes = Buffer.concat([
      Uint8Array.of(0x84),
      bodyBytes,
      encode(witnesses),
      Uint8Array.of(0xf5),
      auxiliary,
    ]);
    return { id: toHex(id) as TxHash, bytes: Uint8Array.from(bytes) };
  }
}

/** The coin that a payment's output is. */
export function coinOf(payment: SignedPayment, index: number, lovelace: bigint): Coin {
  return { outRef: { txHash: payment.id, index }, lovelace };
}
