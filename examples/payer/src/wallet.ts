import {
  Blockfrost,
  Lucid,
  type LucidEvolution,
  type Network as LucidNetwork,
  type Provider,
  type UTxO,
} from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { walletKeysOf } from './addresses.js';
import { buildPayment } from './build-payment.js';
import { buildSponsoredPayment } from './build-sponsored-payment.js';
import type { FeeSponsorship } from './fee-sponsorship.js';
import { createInputReservations } from './input-reservations.js';
import { readLentOutput } from './lent-output.js';
import { type SignedPayment, signPayment } from './sign-payment.js';
import type { SpendLimits } from './spend-limits.js';

/** The networks of the scheme, with Lucid's names. */
const LUCID_NETWORKS = {
  'cardano:preview': 'Preview',
  'cardano:preprod': 'Preprod',
  'cardano:mainnet': 'Mainnet',
} as const satisfies Record<string, LucidNetwork>;

/** A network id of the scheme. */
export type CardanoNetwork = keyof typeof LUCID_NETWORKS;

export type WalletOptions = {
  readonly network: CardanoNetwork;
  /** Where the wallet reads its UTxOs and the protocol parameters. */
  readonly provider: Provider;
  /** A mnemonic of 12 to 24 words, or an `ed25519_sk1…` private key. */
  readonly secret: { readonly seedPhrase: string } | { readonly privateKey: string };
  readonly now?: (() => number) | undefined;
};

export type SigningTerms = {
  /** An output of the facilitator that pays the fee instead of the wallet. */
  readonly sponsorship?: FeeSponsorship | undefined;
  /** The most that may leave the wallet; the price, its fee and its min-ADA limit it in any case. */
  readonly limits?: SpendLimits | undefined;
};

/** A wallet that signs payments. It never submits anything. */
export type CardanoWallet = {
  readonly network: CardanoNetwork;
  readonly address: string;
  /**
   * Builds and signs a payment and holds its inputs until it can no longer be included, so that payments made at the
   * same time never share one.
   *
   * @throws NotEnoughAdaError when it holds the price, but too little ADA in addition: a sponsor can help.
   * @throws RefusedPaymentError when the transaction would take more than the price explains or the limits allow.
   * @throws Error when the wallet cannot pay what is asked.
   */
  sign(requirements: PaymentRequirements, terms?: SigningTerms): Promise<SignedPayment>;
  /** Frees the inputs of a payment that was refused. */
  release(payment: SignedPayment): void;
};

/** Lucid's provider for Blockfrost, or for any server with its API. */
export function blockfrost(options: {
  readonly url: string;
  readonly projectId?: string | undefined;
}): Provider {
  return new Blockfrost(options.url.replace(/\/+$/, ''), options.projectId);
}

/** Opens a wallet. */
export async function openWallet(options: WalletOptions): Promise<CardanoWallet> {
  const { network, provider, secret, now = Date.now } = options;
  const lucid = await Lucid(provider, LUCID_NETWORKS[network]);
  selectWallet(lucid, secret);
  const address = await lucid.wallet().address();
  const keys = walletKeysOf(address);
  const reservations = createInputReservations(now);
  let previous: Promise<unknown> = Promise.resolve();

  const pay = async (
    requirements: PaymentRequirements,
    utxos: readonly UTxO[],
    { sponsorship, lent, limits = new Map() }: SigningTerms & { readonly lent: UTxO | undefined },
  ): Promise<SignedPayment> => {
    const available = reservations.free(utxos);
    const order = { lucid, address, available, requirements, now };
    const unsigned = await (sponsorship === undefined || lent === undefined
      ? buildPayment(order)
      : buildSponsoredPayment({ ...order, sponsorship, lent }));
    const payment = await signPayment(unsigned, { lucid, provider, keys, requirements, limits });
    reservations.hold(payment.inputs, payment.validToMs);
    return payment;
  };

  return {
    network,
    address,
    sign: async (requirements, terms = {}) => {
      if (requirements.network !== network)
        throw new Error(
          `expected a price on ${network}, where this wallet is, found ${requirements.network}`,
        );
      // Reading the chain is slow and may run concurrently. Choosing inputs and holding them is one synchronous step,
      // so that no other payment can choose the same inputs.
      const { sponsorship } = terms;
      const lent = sponsorship && (await readLentOutput(provider, sponsorship, keys));
      const utxos = await lucid.wallet().getUtxos();
      const payment = previous.then(() => pay(requirements, utxos, { ...terms, lent }));
      previous = payment.catch(() => undefined);
      return payment;
    },
    release: ({ inputs }) => reservations.release(inputs),
  };
}

function selectWallet(lucid: LucidEvolution, secret: WalletOptions['secret']): void {
  if ('seedPhrase' in secret) lucid.selectWallet.fromSeed(secret.seedPhrase);
  else lucid.selectWallet.fromPrivateKey(secret.privateKey);
}
