import {
  type ChainOutput,
  networkIdOf,
  outRefKey,
  type PaymentRequest,
  slotAt,
} from '@x402-facilitator/cardano';
import { type BuiltTransaction, buildTransaction, type TransactionSpec } from './transaction-builder.js';
import { type Wallet, walletOf } from './wallet.js';
import type { Funds, World } from './world.js';

/** The parts of a payment that a case may bend. */
export type PaymentChanges = {
  /** What the payer's output holds; 10 ADA unless told. */
  readonly funds?: Partial<Funds>;
  /** Bends the transaction before it is written and signed. */
  readonly transaction?: (draft: Draft) => TransactionSpec | Promise<TransactionSpec>;
  /** Bends the bytes after that. */
  readonly encode?: (built: BuiltTransaction) => string;
  readonly nonce?: (draft: Draft) => unknown;
  readonly requirements?: Readonly<Record<string, unknown>>;
  readonly accepted?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly x402Version?: number;
  /** The envelope's own word, where it says one. */
  readonly outerVersion?: number;
};

/** A payment before it is signed: 2 ADA to the merchant, change to the payer. */
export type Draft = {
  readonly spec: TransactionSpec;
  readonly source: ChainOutput;
  readonly payer: Wallet;
  readonly merchant: Wallet;
  readonly world: World;
};

export const PRICE = 2_000_000n;
export const FEE = 200_000n;
const FUNDS = 10_000_000n;
const TIMEOUT_SECONDS = 600;
/** How long after now a payment is valid that is not bent. */
export const TTL_SECONDS = 300;

export const PAYER = walletOf('payer');
export const MERCHANT = walletOf('merchant');

async function draftOf(world: World, funds: Partial<Funds>): Promise<Draft> {
  const networkId = networkIdOf(world.network);
  const source = await world.fund(PAYER, { lovelace: FUNDS, ...funds });
  const spec: TransactionSpec = {
    inputs: [source.outRef],
    outputs: [
      { address: MERCHANT.addressBytes(networkId), lovelace: PRICE },
      {
        address: PAYER.addressBytes(networkId),
        lovelace: source.lovelace - PRICE - FEE,
        assets: [...source.assets].map(([asset, quantity]) => {
          const [policyId = '', name = ''] = asset.split('.');
          return [policyId, name, quantity] as const;
        }),
      },
    ],
    fee: FEE,
    ttl: slotAt(world.facts.timeline, world.nowMs) + TTL_SECONDS,
    signers: [PAYER],
  };
  return { spec, source, payer: PAYER, merchant: MERCHANT, world };
}

/** A good payment, but for what is bent. */
export async function paymentOn(world: World, changes: PaymentChanges = {}): Promise<PaymentRequest> {
  const draft = await draftOf(world, changes.funds ?? {});
  const spec = (await changes.transaction?.(draft)) ?? draft.spec;
  const built = buildTransaction(spec);
  const { network } = world;
  return {
    ...(changes.outerVersion === undefined ? {} : { x402Version: changes.outerVersion }),
    paymentPayload: {
      x402Version: changes.x402Version ?? 2,
      accepted: { scheme: 'exact', network, ...changes.accepted },
      payload: {
        transaction: changes.encode?.(built) ?? built.base64,
        nonce: changes.nonce?.(draft) ?? outRefKey(draft.source.outRef),
        ...changes.payload,
      },
      resource: { url: 'https://api.example.com/report' },
    },
    paymentRequirements: {
      scheme: 'exact',
      network,
      asset: 'lovelace',
      amount: `${PRICE}`,
      payTo: MERCHANT.address(networkIdOf(network)),
      maxTimeoutSeconds: TIMEOUT_SECONDS,
      ...changes.requirements,
    },
  };
}
