import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOVELACE } from '@x402-facilitator/cardano';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { baseEnvironment, type FundedPayer, ROOT, type Stack } from '@x402-facilitator/tools/stack';
import { expect } from 'vitest';
import { openChannelPurse } from '../../support/channel-purse.js';
import { get, type Order, post, signPayment } from '../../support/facilitator.js';
import { replica } from '../../support/use-stack.js';

/** Facts that queries on the day's log can use. */
export type Day = {
  /** The address of its payer. */
  readonly payer: string;
  /** A settlement that went through nearly everything and was confirmed. */
  readonly transaction: string;
  /** Of its request. */
  readonly reqId: string;
  readonly traceId: string;
};

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

/**
 * A little of everything in an operator's day, so that no panel and no log query is empty.
 *
 * @param seen resolves when the watcher has seen a series. A series that begins with its first event needs a second one
 *   to show an increase.
 */
export async function liveThroughADay(
  stack: Stack,
  payer: FundedPayer,
  seen: (series: string) => Promise<void>,
): Promise<Day> {
  const { control } = stack;
  const url = replica(stack.apis).url;
  const sign = (order?: Order) => signPayment(stack, payer, order);
  const stateOf = async (transaction: string) => (await get(`${url}/status/${transaction}`)).body.state;
  const reaches = (transaction: string, state: string) =>
    waitUntil(async () => (await stateOf(transaction)) === state, {
      what: `${transaction} to be ${state}`,
      // Three refusals, ten seconds apart, end a settlement.
      timeoutMs: 45_000,
    });
  const settle = async () => {
    const { transaction, request } = await sign({ confirmations: 0 });
    const { status } = await post(`${url}/settle`, request, { prefer: 'respond-async' });
    expect(status).toBe(202);
    return transaction;
  };
  const ops = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(ROOT, 'apps/worker/dist/ops.js'), ...args], {
      env: { ...baseEnvironment(), ...stack.settings },
    });

  // A slow answer, then a cached one; then a refused payment.
  const { request: good } = await sign();
  await control.addFault({ kind: 'latency', operation: 'GET /txs/{hash}/utxos', ms: 1_100, count: 1 });
  for (let times = 0; times < 2; times += 1)
    expect((await post(`${url}/verify`, good)).body.isValid).toBe(true);
  const { paymentRequirements } = good;
  const tooLittle = { ...good, paymentRequirements: { ...paymentRequirements, amount: '3000000' } };
  expect((await post(`${url}/verify`, tooLittle)).body.isValid).toBe(false);
  await seen('payment_verifications_total{outcome="invalid"}');
  await post(`${url}/verify`, tooLittle);

  // One that succeeds, and one that the node refuses.
  const plain = await settle();
  await reaches(plain, 'submitted');
  await control.forge();
  await reaches(plain, 'confirmed');
  await control.addFault({
    kind: 'status',
    status: 400,
    operation: 'POST /tx/submit',
    message: 'ShelleyTxValidationError (ApplyTxError (InvalidWitnessesUTXOW))',
    count: 3,
  });
  await reaches(await settle(), 'failed');

  // A caller who waits; a node whose answer is lost; a block that leaves the chain with the payment in it.
  await control.addFault({ kind: 'drop-before', operation: 'POST /tx/submit', count: 1 });
  const { transaction, request } = await sign({ confirmations: 1 });
  const waiting = post(`${url}/settle`, request, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
  await reaches(transaction, 'submitted');
  // The follower asks for the tip while something is pending.
  const sick = { kind: 'status', status: 500, operation: 'GET /blocks/latest', count: 1 };
  await control.addFault(sick);
  await seen('rpc_errors_total{job="x402-worker", outcome="server_error"} > 0');
  await control.addFault(sick);
  await control.forge();
  await reaches(transaction, 'included');
  await control.rollback(1, 'vanish');
  // Once it is sent again, the next block includes it.
  await waitUntil(
    async () => {
      await control.forge();
      return (await stateOf(transaction)) === 'confirmed';
    },
    { what: 'the payment of the lost block to be confirmed', everyMs: 250 },
  );
  const answer = await waiting;
  expect(answer.body.success).toBe(true);

  const opening = await (await openChannelPurse(stack, LOVELACE)).opening();
  await post(`${url}/settle`, { x402Version: 2, ...opening.request }, { prefer: 'respond-async' });
  await reaches(opening.transaction, 'submitted');
  await control.forge(2);
  await reaches(opening.transaction, 'confirmed');

  await ops('pause', '--reason', 'a drill');
  expect((await post(`${url}/settle`, (await sign()).request)).status).toBe(503);
  await ops('resume');

  // This one stays pending, so that the gauges of the backlog show something.
  await reaches(await settle(), 'submitted');

  // An API that cannot listen says so at level error.
  await expect(stack.startApi({ X402_SERVER__HOST: '192.0.2.1' })).rejects.toThrow();
  return {
    transaction,
    reqId: answer.headers.get('x-request-id') ?? '',
    traceId: TRACE_ID,
    payer: payer.wallet.address,
  };
}
