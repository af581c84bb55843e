import { Lucid } from '@lucid-evolution/lucid';
import { walletKeysOf } from '../../src/addresses.js';
import { signPayment } from '../../src/sign-payment.js';
import {
  countSignatures,
  type Granted,
  newAddress,
  OTHER_TOKEN_NAME,
  openChain,
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
  const { provider, seedPhrase, wallet, grant } = await openChain();
  const lucid = await Lucid(provider, 'Preview');
  lucid.selectWallet.fromSeed(seedPhrase);
  const payTo = newAddress();
  const sponsor = newAddress();
  const own = grant(wallet.address, 20_000_000n, { ...tokens(25n), [OTHER_TOKEN_NAME]: 7n });
  const lent = grant(sponsor, 5_000_000n);
  const validToMs = Date.now() + VALID_MS;
  const requirements = {
    scheme: 'exact',
    network: 'cardano:preview' as const,
    asset: 'lovelace',
    amount: '2000000',
    payTo,
    maxTimeoutSeconds: 600,
    extra: {},
    ...price,
  };
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
    ttl: BigInt(lucid.unixTimeToSlot(validToMs)),
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
  const sign = (forged: Forged, borrowed?: Granted, limits = new Map<string, bigint>()) =>
    signPayment(
      {
        cborHex: forge(forged),
        validToMs,
        ...(borrowed && {
          lent: {
            sponsorshipId: 'ab'.repeat(16),
            input: `${borrowed.transaction}#${borrowed.index}`,
            minAdaLovelace: 0n,
          },
        }),
      },
      { lucid, provider, keys: walletKeysOf(wallet.address), requirements, limits },
    );
  return {
    wallet,
    provider,
    seedPhrase,
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
