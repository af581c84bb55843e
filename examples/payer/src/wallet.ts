import {
  Blockfrost,
  Lucid,
  type LucidEvolution,
  type Network as LucidNetwork,
  type Provider,
  type UTxO,
} from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { buildPayment, type SignedPayment } from './build-payment.js';
import { buildSponsoredPayment } from './build-sponsored-payment.js';
import type { FeeSponsorship } from './fee-sponsorship.js';
import { createInputReservations } from './input-reservations.js';

/** The networks of the scheme and what Lucid calls them. */
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

/** A wallet that signs payments. It never submits anything. */
export type CardanoWallet = {
  readonly network: CardanoNetwork;
  readonly address: string;
  /**
   * Builds and signs a payment and holds its inputs until it can no longer land, so that payments made at the same
   * time never share one.
   *
   * @param sponsorship an output of the facilitator's that pays the fee instead of the wallet.
   * @throws Error when the wallet cannot pay what is asked.
   */
  sign(requirements: PaymentRequirements, sponsorship?: FeeSponsorship): Promise<SignedPayment>;
  /** Frees the inputs of a payment that was refused. */
  release(payment: SignedPayment): void;
};

/** Lucid's provider for Blockfrost, or any server of its shape. */
export function blockfrost(options: {
  readonly url: string;
  readonly projectId?: string | undefined;
}): Provider {
  return new Blockfrost(options.url.replace(/\/+$/, ''), options.projectId);
}

/** Opens a wallet. */
export async function openWallet(options: WalletOptions): Promise<CardanoWallet> {
  const { network, secret, now = Date.now } = options;
  const lucid = await Lucid(options.provider, LUCID_NETWORKS[network]);
  selectWallet(lucid, secret);
  const address = await lucid.wallet().address();
  const reservations = createInputReservations(now);
  let previous: Promise<unknown> = Promise.resolve();

  const build = async (
    requirements: PaymentRequirements,
    utxos: readonly UTxO[],
    sponsorship: FeeSponsorship | undefined,
  ): Promise<SignedPayment> => {
    const available = reservations.free(utxos);
    const order = { lucid, address, available, requirements, now };
    const payment = await (sponsorship === undefined
      ? buildPayment(order)
      : buildSponsoredPayment({ ...order, sponsorship }));
    reservations.hold(payment.inputs, payment.validToMs);
    return payment;
  };

  return {
    network,
    address,
    sign: async (requirements, sponsorship) => {
      if (requirements.network !== network)
        throw new Error(
          `expected a price on ${network}, where this wallet is, found ${requirements.network}`,
        );
      // Looking takes a while and can be done by many at once; choosing is for one at a time, so that between choosing
      // inputs and holding them nobody else chooses.
      const utxos = await lucid.wallet().getUtxos();
      const payment = previous.then(() => build(requirements, utxos, sponsorship));
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
