import { randomUUID } from 'node:crypto';
import { type PaymentRequest, parseTxHash, slotAt, type TxHash } from '@x402-facilitator/cardano';
import type { PaymentChanges } from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  type Journal,
  redisSettingsFromUrl,
  type Settlement,
  type SettlementState,
  type TransitionRequest,
} from '@x402-facilitator/journal';
import { changeTo, present } from '@x402-facilitator/journal/testing';
import { startRedis } from '@x402-facilitator/tools/redis';
import { paymentsOn } from './devnet-payments.js';
import { type RunningApi, startApi } from './start-api.js';

export const NETWORK = 'cardano:preview';

/** A Redis, a devnet and any number of APIs. The test plays the worker. */
export type Harness = {
  readonly redisUrl: string;
  readonly devnet: Devnet;
  readonly journal: Journal;
  readonly redis: ReturnType<typeof connectRedis>;
  startApi(env?: Readonly<Record<string, string>>): Promise<RunningApi>;
  /** A good payment for its own resource. */
  pay(changes?: PaymentChanges): Promise<PaymentRequest>;
  /** Takes a settlement through its states as a worker would. */
  advance(txHash: TxHash, ...states: readonly SettlementState[]): Promise<Settlement>;
  close(): Promise<void>;
};

export async function startHarness(): Promise<Harness> {
  const server = await startRedis();
  const devnet = await startDevnet({ blockMs: 0 });
  const settings = redisSettingsFromUrl(server.url);
  const redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
  const journal = createRedisJournal({ redis });
  const apis: RunningApi[] = [];
  const pay = paymentsOn(devnet);

  return {
    redisUrl: server.url,
    devnet,
    journal,
    redis,
    async startApi(env) {
      const api = await startApi({ redisUrl: server.url, chainUrl: devnet.url }, env);
      apis.push(api);
      return api;
    },
    async pay(changes) {
      const request = await pay(changes);
      const resource = { url: `https://shop.example/${randomUUID()}` };
      return { ...request, paymentPayload: { ...request.paymentPayload, resource } };
    },
    async advance(txHash, ...states) {
      let settlement = present(await journal.read(NETWORK, txHash));
      for (const to of states) {
        const change = changeTo(to, { txHash, from: [settlement.state] });
        const outcome = await journal.transition(inBlockOf(devnet, change));
        if (outcome.kind !== 'changed') throw new Error(`${settlement.state} to ${to}: ${outcome.kind}`);
        settlement = outcome.settlement;
      }
      return settlement;
    },
    async close() {
      for (const api of apis) await api.close();
      await disconnectRedis(redis);
      await devnet.close();
      await server.stop();
    },
  };
}

/** A change whose block is of the present, as the block of a fresh payment is. */
export function inBlockOf(devnet: Devnet, request: TransitionRequest): TransitionRequest {
  const { change } = request;
  if (change === undefined || !('block' in change)) return request;
  const slot = slotAt(devnet.ledger.profile.timeline, Date.now());
  return { ...request, change: { ...change, block: { ...change.block, slot } } } as TransitionRequest;
}

/** The transaction id in an answer. */
export function transactionIn(body: Readonly<Record<string, unknown>>): TxHash {
  const id = parseTxHash(String(body.transaction));
  if (id === undefined) throw new Error(`expected a transaction id, found ${String(body.transaction)}`);
  return id;
}
