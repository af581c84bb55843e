import {
  minAdaOfPayment,
  nativeAssetId,
  outRefKey,
  parseOutRef,
  parseShelleyAddress,
  type ShelleyAddress,
  slot,
  slotAt,
  slotStartMs,
} from '@x402-facilitator/cardano';
import {
  buildTransaction,
  type TransactionSpec,
  type Wallet,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { createSponsorshipStore, type Sponsorship, type SponsorshipStore } from '@x402-facilitator/journal';
import { bindingOf, paymentRequestSchema } from '@x402-facilitator/shared/wire';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { expect } from 'vitest';
import { type Facilitator, NETWORK } from './facilitator.js';
import { newPrivateKey, type Payment } from './payments.js';

const TOKEN_NAME = Buffer.from('tUSDM').toString('hex');
const TOKEN = nativeAssetId(TEST_TOKEN_POLICY, TOKEN_NAME);
const PAYER_LOVELACE = 1_300_000n;
const PAYER_TOKENS = 100n;
const PRICE = 40n;
export const FEE = 200_000n;
export const POOL_LOVELACE = 5_000_000n;
export const LIMITS = {
  perPayerLovelace: 1_000_000_000n,
  perKeyLovelace: 1_000_000_000n,
  perDayLovelace: 1_000_000_000n,
};

/** The wallet of a facilitator that sponsors fees. */
export const WALLET = newPrivateKey();

/** The settings for `startFacilitator`. Lovelace in the configuration are numbers. */
export function sponsoringConfig(sponsorship: Readonly<Record<string, unknown>> = {}) {
  return {
    chain: { facilitator: { privateKey: WALLET.privateKey } },
    sponsorship: {
      enabled: true,
      minBalanceLovelace: 5_000_000,
      ...sponsorship,
      pool: { size: 4, utxoLovelace: Number(POOL_LOVELACE), ...(sponsorship.pool ?? {}) },
    },
  };
}

/** A payment by a payer who owns a token and its min-ada, ready to be claimed. */
export type SponsoredPayment = Payment & { readonly sponsorship: Sponsorship; readonly payerWallet: Wallet };

export type Bend = (spec: TransactionSpec, sponsorship: Sponsorship) => TransactionSpec;

export type Sponsoring = {
  readonly store: SponsorshipStore;
  readonly walletAddress: string;
  fundWallet(lovelace: bigint, outputs?: number): void;
  /** Forges blocks until this many outputs can be lent. */
  poolHolds(free: number): Promise<void>;
  /** The wallet's balance on the ledger, in lovelace. */
  balance(): bigint;
  /** Reserves, signs and binds as payer and API do; `bend` changes what the payer signs. */
  pay(bend?: Bend): Promise<SponsoredPayment>;
  /** The same and claimed, with a job. */
  settle(bend?: Bend): Promise<SponsoredPayment>;
};

export async function sponsoringOn(here: Facilitator): Promise<Sponsoring> {
  const store = createSponsorshipStore({ redis: here.redis, network: NETWORK });
  const walletAddress = await WALLET.address();
  const wallet = parsed(walletAddress);
  const merchant = walletOf('merchant');
  let payers = 0;

  const grant = (address: string, lovelace: bigint, assets: ReadonlyMap<string, bigint>, outputs: number) => {
    const granted = here.devnet.faucet.grant({ address, lovelace, assets, outputs });
    if (granted.kind === 'refused') throw new Error(granted.message);
    return granted.outputs;
  };

  const sponsoring: Sponsoring = {
    store,
    walletAddress,
    fundWallet: (lovelace, outputs = 1) => {
      grant(walletAddress, lovelace, new Map(), outputs);
    },
    async poolHolds(free) {
      await waitUntil(
        async () => {
          const counts = await store.counts();
          if (counts.free !== free) here.forge();
          return counts.free === free;
        },
        { what: `the pool to hold ${free} outputs` },
      );
    },
    balance: () =>
      [...(here.devnet.ledger.chain.index.get(walletAddress)?.unspent ?? [])].reduce(
        (sum, { output }) => sum + output.lovelace,
        0n,
      ),
    async pay(bend = (spec) => spec) {
      payers += 1;
      const payer = walletOf(`payer ${payers} of ${process.pid}`);
      const [source] = grant(payer.address(0), PAYER_LOVELACE, new Map([[TOKEN_NAME, PAYER_TOKENS]]), 1);
      if (source === undefined) throw new Error('expected an output of the payer');
      const parameters = here.devnet.ledger.parameters();
      const payTo = parsed(merchant.address(0));
      const { coinsPerUtxoByte } = parameters;
      const lent = minAdaOfPayment({ payTo, asset: TOKEN, amount: PRICE, coinsPerUtxoByte });
      const reserved = await store.reserve({
        caller: 'test',
        payer: payer.address(0),
        maxFeeLovelace: 400_000n,
        minAdaLovelace: lent,
        ttlMs: 120_000,
        maxConcurrent: 100,
        callerShare: 1,
        limits: LIMITS,
      });
      if (reserved.kind !== 'reserved') throw new Error(`no reservation: ${JSON.stringify(reserved)}`);
      const { sponsorship } = reserved;
      const input = parseOutRef(sponsorship.input);
      if (input === undefined) throw new Error('expected an output of the pool');
      const { timeline } = here.devnet.ledger.profile;
      const ttl = slot(slotAt(timeline, here.devnet.ledger.nowMs()) + 300);
      const nonce = { txHash: source.txHash, index: source.index };
      const spec = bend(
        {
          inputs: [nonce, input],
          outputs: [
            {
              address: merchant.addressBytes(0),
              lovelace: lent,
              assets: [[TEST_TOKEN_POLICY, TOKEN_NAME, PRICE]],
            },
            {
              address: payer.addressBytes(0),
              lovelace: PAYER_LOVELACE,
              assets: [[TEST_TOKEN_POLICY, TOKEN_NAME, PAYER_TOKENS - PRICE]],
            },
            { address: wallet.bytes, lovelace: sponsorship.lovelace - FEE - lent },
          ],
          fee: FEE,
          ttl,
          signers: [payer],
        },
        sponsorship,
      );
      const built = buildTransaction(spec);
      const request = paymentRequestSchema.parse({
        x402Version: 2,
        paymentPayload: {
          x402Version: 2,
          accepted: { scheme: 'exact', network: NETWORK },
          payload: { transaction: built.base64, nonce: outRefKey(nonce) },
          extensions: { cardanoFeeSponsorship: { info: { id: sponsorship.id } } },
        },
        paymentRequirements: {
          scheme: 'exact',
          network: NETWORK,
          asset: TOKEN,
          amount: `${PRICE}`,
          payTo: merchant.address(0),
          maxTimeoutSeconds: 600,
        },
      });
      const expiresAtMs = slotStartMs(timeline, ttl);
      const bound = await store.bind({
        id: sponsorship.id,
        txHash: built.id,
        payer: payer.address(0),
        input: sponsorship.input,
        transactionExpiresAtMs: expiresAtMs,
      });
      expect(bound.kind).toBe('bound');
      return {
        network: NETWORK,
        txHash: built.id,
        method: 'default',
        binding: bindingOf(request),
        payer: payer.address(0),
        payTo: merchant.address(0),
        asset: TOKEN,
        amount: PRICE,
        requiredConfirmations: 1,
        inputs: spec.inputs.map(outRefKey),
        ttl,
        expiresAtMs,
        signedTransaction: built.bytes,
        hasScripts: false,
        sponsored: { id: sponsorship.id, request: JSON.stringify(request) },
        sponsorship,
        payerWallet: payer,
      };
    },
    async settle(bend) {
      const payment = await sponsoring.pay(bend);
      await here.settle(payment);
      return payment;
    },
  };
  return sponsoring;
}

function parsed(text: string): ShelleyAddress {
  const address = parseShelleyAddress(text);
  if (!address.ok) throw new Error(address.error);
  return address.value;
}
