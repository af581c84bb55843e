import { fromHex, parseOutRef } from '@x402-facilitator/cardano/ledger';
import { provenOutput, slotAt } from '../../src/chain/index.js';
import type { SpendLimits } from '../../src/index.js';
import type { LentOutput } from '../../src/payment/lent-output.js';
import { signPayment } from '../../src/payment/sign-payment.js';
import { termsOf } from '../../src/payment/terms.js';
import {
  countSignatures,
  type Granted,
  newAddress,
  OTHER_TOKEN_NAME,
  openChain,
  priceOf,
  TOKEN,
  tokens,
} from './chain.js';
import { type Forged, forge } from './forge.js';

export const UNIT = TOKEN.replace('.', '');
export const OTHER_UNIT = `${TOKEN.split('.')[0]}${OTHER_TOKEN_NAME}`;
const VALID_MS = 600_000;
export const FEE = 172_000n;

/** The signing function, with bytes that our builders did not make. Only the chain backs them. */
export async function atTheDoor(price: { asset?: string; amount?: string } = {}) {
  const { chain, keys, wallet, grant } = await openChain();
  const payTo = newAddress();
  const sponsor = newAddress();
  const own = grant(wallet.address, 20_000_000n, { ...tokens(25n), [OTHER_TOKEN_NAME]: 7n });
  const lent = grant(sponsor, 5_000_000n);
  const validToMs = Date.now() + VALID_MS;
  const requirements = priceOf(payTo, price);
  const signatures = countSignatures();
  const held = { [UNIT]: 25n, [OTHER_UNIT]: 7n };
  /** A fair payment of 2 ADA, unless changed. */
  const plain: Forged = {
    inputs: [own],
    outputs: [
      { address: payTo, assets: { lovelace: 2_000_000n } },
      { address: wallet.address, assets: { lovelace: 18_000_000n - FEE, ...held } },
    ],
    feeLovelace: FEE,
    ttl: BigInt(slotAt('cardano:preview', validToMs)),
  };
  /** The same with a sponsor that pays the fee. */
  const sponsored: Forged = {
    ...plain,
    inputs: [own, lent],
    outputs: [
      { address: payTo, assets: { lovelace: 2_000_000n } },
      { address: sponsor, assets: { lovelace: 5_000_000n - FEE } },
      { address: wallet.address, assets: { lovelace: 18_000_000n, ...held } },
    ],
  };
  const lentOutput = async ({ transaction, index }: Granted, isOffer: boolean): Promise<LentOutput> => {
    const ref = parseOutRef(`${transaction}#${index}`);
    const output = ref && (await provenOutput(chain, ref));
    if (output === undefined) throw new Error('expected the lent output on the devnet');
    if (isOffer) return { output, maxFeeLovelace: 400_000n, expiresAtMs: validToMs };
    return { sponsorshipId: 'ab'.repeat(16), output, maxFeeLovelace: 400_000n, minAdaLovelace: 0n };
  };
  const sign = async (
    forged: Forged,
    borrowed?: Granted,
    limits: SpendLimits = 'unlimited',
    { isOffer = false } = {},
  ) =>
    signPayment(
      {
        bytes: fromHex(forge(forged)) ?? new Uint8Array(),
        ttl: slotAt('cardano:preview', validToMs),
        validToMs,
        lent: borrowed && (await lentOutput(borrowed, isOffer)),
      },
      {
        chain,
        keys,
        terms: termsOf(requirements),
        costs: await chain.parameters(),
        allowance: { limits, sellers: [payTo], spent: [], nowMs: Date.now() },
      },
    );
  return {
    wallet,
    chain,
    keys,
    grant,
    payTo,
    sponsor,
    own,
    lent,
    held,
    plain,
    sponsored,
    sign,
    signatures,
  };
}

export type Door = Awaited<ReturnType<typeof atTheDoor>>;
