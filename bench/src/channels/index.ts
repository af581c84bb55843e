import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { x402ResourceServer } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { iouMessage, SCHEME } from '@x402-facilitator/cardano/channels';
import { BatchSettlementCardanoScheme } from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import type { Benchmark, Scale } from '../benchmark.js';
import { atLeast, barChart, medianBy, rounded, table } from '../support/index.js';
import { measureVoucherVerification, type VoucherVerification } from './verify-vouchers.js';

type ChannelFigures = {
  readonly vouchersPerSecond: number;
  /** CPU time of the server's process. */
  readonly cpuMicrosPerVoucher: number;
  /** What one core checks and does nothing else. */
  readonly ed25519PerSecond: number;
  readonly overEd25519: number;
};

const EXTENTS: Readonly<Record<Scale, { channels: number; vouchersEach: number; rounds: number }>> = {
  full: { channels: 256, vouchersEach: 60, rounds: 5 },
  quick: { channels: 256, vouchersEach: 30, rounds: 1 },
  smoke: { channels: 8, vouchersEach: 4, rounds: 1 },
};
const NETWORK = 'cardano:preprod';
const SCRIPT_HASH = '62ce4309e37e09e5c633c96c6ae68061c434f122d32626d6912d7c2a';
const RECEIVER_AUTHORIZER = 'ab'.repeat(28);
const PAY_TO =
  'addr_test1qrxchm0g4la6hqfd9wq6vuuldx7l20az52t7lvgpgujr8pvwmpzru5kuf4mpmvtaf0hlsjtz7t4r2h7tj9v3c02dhljq0wqkef';
const PRICE = 1_000n;
const BALANCE = '1000000000000';

/** What a seller's process can charge by channels: the scheme on the Redis store, every promise on the disk before it counts. */
export const channels: Benchmark<ChannelFigures & { readonly facilitator: VoucherVerification }> = {
  name: 'channels',
  title: 'vouchers of channels',
  async run({ scale, announce }) {
    const extent = EXTENTS[scale];
    const redis = await startRedis({ exclusive: true, persistence: 'always' });
    const connection = new Redis(redis.url, { enableAutoPipelining: true });
    try {
      const rounds: ChannelFigures[] = [];
      for (let round = 0; round < extent.rounds; round += 1) {
        announce(`round ${round + 1} of ${extent.rounds}`);
        await connection.flushdb();
        rounds.push(await measureRound(connection, extent));
      }
      const figures = medianBy(rounds, ({ overEd25519 }) => overEd25519);
      if (figures === undefined) throw new RangeError('expected at least one round');
      const facilitator = await measureVoucherVerification({ scale, announce });
      return {
        settings: {
          channels: extent.channels,
          vouchers: extent.channels * extent.vouchersEach,
          inFlight: 'one request per channel, all channels at once',
          redis: 'appendfsync always',
          http: 'none: payloads are handed to x402ResourceServer as objects',
        },
        figures: { ...figures, facilitator },
        ratios: { overEd25519: figures.overEd25519, verifyOverExact: facilitator.overExact },
        targets: [
          atLeast('vouchers over Ed25519 checks of one core', 0.5, figures.overEd25519),
          atLeast('/verify of vouchers over /verify of exact', 1, facilitator.overExact),
        ],
        tables: tablesOf(rounds, facilitator),
        chart: barChart(
          ['Ed25519 checks of one core', 'vouchers'],
          ['per second'],
          [{ name: 'per second', data: [figures.ed25519PerSecond, figures.vouchersPerSecond] }],
        ),
      };
    } finally {
      await connection.quit();
      await redis.stop();
    }
  },
};

type Prepared = {
  readonly requirements: PaymentRequirements;
  /** For each channel its vouchers in order. */
  readonly payments: readonly (readonly PaymentPayload[])[];
  readonly signatures: readonly {
    readonly key: KeyObject;
    readonly message: Uint8Array;
    readonly signature: Buffer;
  }[];
};

async function measureRound(
  connection: Redis,
  extent: { readonly channels: number; readonly vouchersEach: number },
): Promise<ChannelFigures> {
  const store = await openRedisChannelStore(connection);
  const scheme = new BatchSettlementCardanoScheme({
    facilitator: fixedFacilitator,
    store,
    scriptHash: SCRIPT_HASH,
    receiverAuthorizer: RECEIVER_AUTHORIZER,
  });
  const server = new x402ResourceServer(fixedFacilitator).register(NETWORK, scheme);
  await server.initialize();
  const { requirements, payments, signatures } = prepare(scheme, extent);
  // The first voucher of each channel asks the facilitator; none of the others does.
  const buyAll = (from: number, to: number) =>
    Promise.all(
      payments.map(async (vouchers) => {
        for (const payment of vouchers.slice(from, to)) {
          const verified = await server.verifyPayment(payment, requirements);
          if (!verified.isValid) throw new Error(`expected a valid voucher, found ${verified.invalidReason}`);
          const settled = await server.settlePayment(payment, requirements);
          if (!settled.success) throw new Error(`expected a charge, found ${settled.errorReason}`);
        }
      }),
    );
  await buyAll(0, Math.ceil(extent.vouchersEach / 3));

  const timed = extent.vouchersEach - Math.ceil(extent.vouchersEach / 3);
  const vouchers = timed * extent.channels;
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await buyAll(extent.vouchersEach - timed, extent.vouchersEach);
  const tookMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(cpuBefore);

  for (const { signed, channelId } of payments.map(lastOf)) {
    const record = await store.read(channelId);
    if (record?.charged !== signed) throw new Error(`expected ${signed} charged, found ${record?.charged}`);
  }
  const ed25519PerSecond = perSecondOf(signatures);
  const vouchersPerSecond = (vouchers * 1000) / tookMs;
  return {
    vouchersPerSecond: rounded(vouchersPerSecond),
    cpuMicrosPerVoucher: rounded((cpu.user + cpu.system) / vouchers),
    ed25519PerSecond: rounded(ed25519PerSecond),
    overEd25519: rounded(vouchersPerSecond / ed25519PerSecond),
  };
}

/** Says of every channel that it is large and open: what it costs to ask is not measured here. */
const fixedFacilitator = {
  async verify(payment: PaymentPayload) {
    const { channelId, channelRef } = payment.payload.voucher as Record<string, string>;
    const extra = { channelId, channelRef, balance: BALANCE, totalClaimed: '0', withdrawRequestedAt: 0 };
    return { isValid: true, payer: 'payer', extra };
  },
  async settle(): Promise<never> {
    throw new Error('expected vouchers alone, found something to settle');
  },
  async getSupported() {
    return {
      kinds: [{ x402Version: 2, scheme: SCHEME, network: NETWORK } as const],
      extensions: [],
      signers: {},
    };
  },
};

function prepare(
  scheme: BatchSettlementCardanoScheme,
  { channels: count, vouchersEach }: { readonly channels: number; readonly vouchersEach: number },
): Prepared {
  const { extra = {} } = scheme.accepts({
    network: NETWORK,
    payTo: PAY_TO,
    price: { asset: 'lovelace', amount: `${PRICE}` },
  });
  const accepted = {
    ...{ scheme: SCHEME, network: NETWORK, asset: 'lovelace', amount: `${PRICE}`, payTo: PAY_TO },
    maxTimeoutSeconds: 600,
    extra: { ...extra },
  } satisfies PaymentRequirements;
  const signatures: Prepared['signatures'][number][] = [];
  const payments = Array.from({ length: count }, (_, number) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const iouKey = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
    const channelId = number.toString(16).padStart(64, '0');
    const channelConfig = {
      ...{ payer: 'cd'.repeat(28), payerAuthorizer: iouKey, receiver: PAY_TO },
      ...{ receiverAuthorizer: RECEIVER_AUTHORIZER, token: 'lovelace' },
      withdrawDelay: extra.withdrawDelay,
    };
    return Array.from({ length: vouchersEach }, (_, index): PaymentPayload => {
      const amount = PRICE * BigInt(index + 1);
      const message = iouMessage({ tag: channelId, amount });
      const signature = sign(null, message, privateKey);
      if (index === 0) signatures.push({ key: createPublicKey(privateKey), message, signature });
      const voucher = {
        ...{ channelId, maxClaimableAmount: `${amount}`, signature: signature.toString('hex') },
        channelRef: `${'22'.repeat(32)}#0`,
      };
      return { x402Version: 2, accepted, payload: { type: 'voucher', channelConfig, voucher } };
    });
  });
  return { requirements: accepted, payments, signatures };
}

function lastOf(vouchers: readonly PaymentPayload[]): {
  readonly channelId: string;
  readonly signed: bigint;
} {
  const { channelId, maxClaimableAmount } = (vouchers.at(-1)?.payload.voucher ?? {}) as Record<
    string,
    string
  >;
  if (channelId === undefined || maxClaimableAmount === undefined) throw new Error('expected a voucher');
  return { channelId, signed: BigInt(maxClaimableAmount) };
}

const CHECK_MS = 500;

function perSecondOf(signatures: Prepared['signatures']): number {
  let checked = 0;
  const startedMs = performance.now();
  while (performance.now() - startedMs < CHECK_MS)
    for (const { key, message, signature } of signatures) {
      if (!verify(null, message, key, signature)) throw new Error('expected a signature that is right');
      checked += 1;
    }
  return (checked * 1000) / (performance.now() - startedMs);
}

function tablesOf(rounds: readonly ChannelFigures[], facilitator: VoucherVerification): string {
  const sellers = table(
    ['round', 'vouchers per second', 'CPU µs each', 'Ed25519 checks per second', 'ratio'],
    rounds.map(({ vouchersPerSecond, cpuMicrosPerVoucher, ed25519PerSecond, overEd25519 }, index) => [
      index + 1,
      vouchersPerSecond,
      cpuMicrosPerVoucher,
      ed25519PerSecond,
      overEd25519,
    ]),
  );
  const { vouchersPerSecond, paymentsPerSecond, overExact } = facilitator;
  const asked = table(
    ['/verify of vouchers per second', 'of exact', 'ratio'],
    [[rounded(vouchersPerSecond), rounded(paymentsPerSecond), overExact]],
  );
  return `${sellers}\n\nThe facilitator, warm, 16 connections:\n\n${asked}`;
}
