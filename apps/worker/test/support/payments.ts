import {
  Blockfrost,
  generatePrivateKey,
  Lucid,
  type LucidEvolution,
  makeWalletFromPrivateKey,
  type UTxO,
} from '@lucid-evolution/lucid';
import { LOVELACE, type OutRefKey, parseTxHash, slot, type TxHash } from '@x402-facilitator/cardano';
import type { Devnet } from '@x402-facilitator/devnet';
import type { SettlementClaim } from '@x402-facilitator/journal/testing';

/** A payment signed by its payer, ready to be claimed. */
export type Payment = SettlementClaim;

export type PaymentOptions = {
  readonly requiredConfirmations?: number;
  /** Milliseconds from now until its TTL; `ever`: it has none, and its inputs are held for `heldForMs`. */
  readonly validForMs?: number | 'ever';
  readonly heldForMs?: number;
  /** Milliseconds from now until its validity start; none when left out. */
  readonly validInMs?: number;
  /** The moment that those times count from, now when left out: payments signed in one moment are alike. */
  readonly signedAtMs?: number;
  /** Makes payments that spend the same money differ. */
  readonly lovelace?: bigint;
  /** Which of the payer's outputs pays. */
  readonly from?: number;
  /** Signed by a stranger who does not own the money. */
  readonly forged?: boolean;
};

/** A payer with money on a devnet. */
export type Payer = {
  readonly address: string;
  sign(options?: PaymentOptions): Promise<Payment>;
};

/** A new payer with `outputs` outputs of 10 ADA: that many payments do not conflict. */
export async function createPayer(devnet: Devnet, outputs: number): Promise<Payer> {
  const provider = new Blockfrost(devnet.url, 'devnet');
  const lucid = await Lucid(provider, 'Preview');
  lucid.selectWallet.fromPrivateKey(generatePrivateKey());
  const address = await lucid.wallet().address();
  const grant = devnet.faucet.grant({
    address,
    lovelace: BigInt(outputs) * 10_000_000n,
    assets: new Map(),
    outputs,
  });
  if (grant.kind === 'refused') throw new Error(grant.message);
  const money = await lucid.wallet().getUtxos();
  let next = 0;
  return {
    address,
    async sign(paymentOptions = {}) {
      const index = paymentOptions.from ?? next;
      if (paymentOptions.from === undefined) next += 1;
      const utxo = money[index];
      if (utxo === undefined) throw new RangeError(`this payer has no output ${index}`);
      return signPayment(lucid, address, utxo, devnet, paymentOptions);
    },
  };
}

async function signPayment(
  lucid: LucidEvolution,
  address: string,
  utxo: UTxO,
  devnet: Devnet,
  options: PaymentOptions,
): Promise<Payment> {
  const {
    requiredConfirmations = 1,
    validForMs = 1_800_000,
    heldForMs = 86_400_000,
    lovelace = 2_000_000n,
    validInMs,
    signedAtMs = Date.now(),
    forged = false,
  } = options;
  const draft = lucid.newTx().collectFrom([utxo]).pay.ToAddress(address, { lovelace });
  if (validForMs !== 'ever') draft.validTo(signedAtMs + validForMs);
  if (validInMs !== undefined) draft.validFrom(signedAtMs + validInMs);
  const unsigned = await draft.complete({ coinSelection: false, presetWalletInputs: [utxo] });
  const signing = forged ? unsigned.sign.withPrivateKey(generatePrivateKey()) : unsigned.sign.withWallet();
  const signed = await signing.complete();
  const ttl = signed.toTransaction().body().ttl();
  const { systemStartMs, eras } = devnet.ledger.profile.timeline;
  const era = eras.at(-1);
  if (era === undefined) throw new Error('expected an era');
  const slotStartMs = (at: bigint) => {
    const elapsedSlots = Number(at) - era.start.slot;
    return systemStartMs + (era.start.seconds + elapsedSlots * era.slotLengthSeconds) * 1000;
  };
  return {
    network: 'cardano:preview',
    txHash: asTxHash(signed.toHash()),
    binding: 'binding',
    payer: address,
    payTo: address,
    asset: LOVELACE,
    amount: lovelace,
    requiredConfirmations,
    inputs: [`${utxo.txHash}#${utxo.outputIndex}` as OutRefKey],
    ...(ttl === undefined ? {} : { ttl: slot(Number(ttl)) }),
    expiresAtMs: ttl === undefined ? Date.now() + heldForMs : slotStartMs(ttl),
    signedTransaction: new Uint8Array(Buffer.from(signed.toCBOR(), 'hex')),
    method: 'default',
    hasScripts: false,
  };
}

export function asTxHash(value: string): TxHash {
  const parsed = parseTxHash(value);
  if (parsed === undefined) throw new TypeError(`expected a transaction id, found ${value}`);
  return parsed;
}

/** An address of a stranger. */
export function newPrivateKey(): { readonly privateKey: string; address(): Promise<string> } {
  const privateKey = generatePrivateKey();
  return {
    privateKey,
    address: () =>
      makeWalletFromPrivateKey(new Blockfrost('http://127.0.0.1:9', 'x'), 'Preview', privateKey).address(),
  };
}
