import { generateKeyPairSync, sign } from 'node:crypto';
import {
  assembleWitness,
  blake2b224,
  fromHex,
  LOVELACE,
  lovelace,
  outRefKey,
  parseTxHash,
  toHex,
} from '@x402-facilitator/cardano';
import { buildOpening, iouMessage, SCHEME } from '@x402-facilitator/cardano/channels';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { RunOptions, Scale } from '../benchmark.js';
import { postPayments } from '../load/index.js';
import { generateKeys, openPaymentSigner } from '../payments/index.js';
import { askDevnet, medianBy, rounded } from '../support/index.js';
import { warmUp } from '../verify/points.js';

/** What the facilitator says a second, with everything in its memory. */
export type VoucherVerification = {
  readonly vouchersPerSecond: number;
  readonly paymentsPerSecond: number;
  readonly overExact: number;
};

type Extent = { readonly rounds: number; readonly roundMs: number; readonly warmUpRequests: number };

const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: { rounds: 5, roundMs: 2_000, warmUpRequests: 15_000 },
  quick: { rounds: 3, roundMs: 700, warmUpRequests: 6_000 },
  smoke: { rounds: 1, roundMs: 100, warmUpRequests: 0 },
};
const CONNECTIONS = 16;
const PAYMENTS = 200;
const DEPOSIT = 50_000_000n;
const FUNDS = lovelace(60_000_000n);
const WITHDRAW_DELAY = 900;
/** No script runs where a channel is opened or looked at, so any will do. */
const SCRIPT_HASH = '5c'.repeat(28);

/** `/verify` of vouchers beside `/verify` of payments by `exact`, on one API process, in turns. */
export async function measureVoucherVerification({
  scale,
  announce,
}: RunOptions): Promise<VoucherVerification> {
  const extent = EXTENTS[scale];
  const settings = { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT_HASH]) };
  const stack = await startStack({ apis: 1, workers: 0, paywall: false, blockMs: 0, settings });
  try {
    announce('a channel, and payments');
    const vouchers = await signVouchers(stack);
    const payments = (await openPaymentSigner(stack, { outputs: PAYMENTS })).sign(PAYMENTS);
    const url = stack.apis[0]?.url ?? '';
    for (const bodies of [vouchers, payments]) await warmUp(url, bodies, extent.warmUpRequests);
    const times = { durationMs: extent.roundMs, warmUpMs: extent.roundMs / 6 };
    const rate = async (bodies: typeof vouchers) =>
      (await postPayments(url, '/verify', bodies, { ...times, connections: CONNECTIONS, cycle: true }))
        .perSecond;
    const rounds: VoucherVerification[] = [];
    for (let round = 0; round < extent.rounds; round += 1) {
      announce(`/verify of vouchers and of payments, round ${round + 1} of ${extent.rounds}`);
      const vouchersPerSecond = await rate(vouchers);
      const paymentsPerSecond = await rate(payments);
      const overExact = rounded(vouchersPerSecond / paymentsPerSecond);
      rounds.push({ vouchersPerSecond, paymentsPerSecond, overExact });
    }
    const middle = medianBy(rounds, ({ overExact }) => overExact);
    if (middle === undefined) throw new RangeError('expected at least one round');
    return middle;
  } finally {
    await stack.stop();
  }
}

/** Opens a channel on the devnet, and signs promises of one price more each. */
async function signVouchers({ network, devnet, payTo }: Stack): Promise<{ readonly body: string }[]> {
  const buyer = generateKeys();
  const provider = createBlockfrostProvider({ network, url: devnet.url });
  const facts = {
    parameters: await provider.getProtocolParameters(),
    timeline: await provider.getTimeline(),
  };
  const idInput = await grant(devnet, buyer.address);
  const iouKeys = generateKeyPairSync('ed25519');
  const iouKey = Buffer.from(iouKeys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString(
    'hex',
  );
  const [consumer, provides] = [toHex(blake2b224(buyer.publicKey)), 'ab'.repeat(28)];
  const opening = buildOpening({
    ...{ network, facts, changeAddress: buyer.address, scriptHash: SCRIPT_HASH, idInput, amount: DEPOSIT },
    funding: [{ outRef: idInput, address: buyer.address, lovelace: FUNDS, assets: new Map() }],
    terms: {
      ...{ currency: LOVELACE, iouKey, consumer, provider: provides },
      closePeriodMs: BigInt(WITHDRAW_DELAY) * 1_000n,
    },
  });
  if (!opening.ok) throw new Error(`the channel cannot be opened: ${JSON.stringify(opening.error)}`);
  const { bytes, id } = opening.value;
  const signed = assembleWitness(bytes, buyer.publicKey, buyer.sign(fromHex(id) ?? new Uint8Array()));
  const submitted = await fetch(`${devnet.url}/tx/submit`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/cbor' }, body: Buffer.from(signed) },
  });
  if (!submitted.ok) throw new Error(`the devnet refused the opening: ${await submitted.text()}`);
  await askDevnet(devnet, '/blocks', { count: 1 });
  const [made] = opening.value.channels;
  if (made === undefined) throw new Error('expected a channel among the outputs of the opening');

  const { channelId } = made;
  const extra = { scriptHash: SCRIPT_HASH, receiverAuthorizer: provides, withdrawDelay: WITHDRAW_DELAY };
  const requirements = {
    ...{ scheme: SCHEME, network, asset: LOVELACE, amount: '1000', payTo, maxTimeoutSeconds: 600, extra },
  };
  const channelConfig = {
    ...{ payer: consumer, payerAuthorizer: iouKey, receiver: payTo, receiverAuthorizer: provides },
    ...{ token: LOVELACE, withdrawDelay: WITHDRAW_DELAY },
  };
  return Array.from({ length: PAYMENTS }, (_, index) => {
    const amount = 1_000n * BigInt(index + 1);
    const signature = sign(null, iouMessage({ tag: channelId, amount }), iouKeys.privateKey).toString('hex');
    const voucher = {
      ...{ channelId, maxClaimableAmount: `${amount}`, signature },
      channelRef: outRefKey(made.output.outRef),
    };
    const payload = { type: 'voucher', channelConfig, voucher };
    const paymentPayload = { x402Version: 2, accepted: requirements, payload };
    return {
      body: JSON.stringify({ x402Version: 2, paymentPayload, paymentRequirements: requirements }),
    };
  });
}

async function grant(devnet: Stack['devnet'], address: string) {
  const answer = await askDevnet(devnet, '/faucet', { address, lovelace: `${FUNDS}`, outputs: 1 });
  const [output] = (answer as { outputs: { txHash: string; index: number }[] }).outputs;
  const txHash = parseTxHash(output?.txHash ?? '');
  if (output === undefined || txHash === undefined) throw new Error('expected an output of the faucet');
  return { txHash, index: output.index };
}
