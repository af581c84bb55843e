import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assembleWitness,
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
  lovelace,
  type TxHash,
} from '@x402-facilitator/cardano';
import { buildClaim, validatorOf } from '@x402-facilitator/cardano/channels';
import { timelineOf } from '@x402-facilitator/cardano/ledger';
import { CHANNEL_VALIDATOR, cbor } from '@x402-facilitator/cardano/testing';
import { expect, onTestFinished, test } from 'vitest';
import { BatchSettlementCardanoClient } from '../../src/channels/index.js';
import { channelFileStore } from '../../src/node/index.js';
import { DELAY, idOf, market, type Payload, PRICE, PROVIDER, SCRIPT } from '../support/channel-market.js';

test('opens with the first payment, pays fifty requests, tops up, and leaves alone: what was not redeemed comes back', async () => {
  const { client, pay, balance, forge, passTime } = await market();
  const before = await balance();
  const kinds = new Map<string, number>();
  let last = 0n;
  for (let round = 0; round < 50; round += 1) {
    const { type, voucher } = await pay();
    kinds.set(type, (kinds.get(type) ?? 0) + 1);
    expect(BigInt(voucher.maxClaimableAmount)).toBe(last + PRICE);
    last += PRICE;
  }
  // Five requests a deposit.
  expect(Object.fromEntries(kinds)).toEqual({ deposit: 10, voucher: 40 });
  const [record] = await client.list();
  if (record === undefined) throw new Error('expected a channel');
  expect(record).toMatchObject({ state: 'open', count: '5000000', signed: '5000000', capacity: '5000000' });

  expect(await client.close(record.id)).toMatchObject({ kind: 'sent', step: 'close' });
  forge();
  const waiting = await client.leave(record.id);
  expect(waiting).toMatchObject({ kind: 'wait' });
  // The block after its period has begun.
  passTime((waiting.kind === 'wait' ? waiting.atMs : 0) - Date.now() + 2_000);
  expect(await client.leave(record.id)).toMatchObject({ kind: 'sent', step: 'elapse' });
  forge();
  expect(await client.leave(record.id)).toEqual({ kind: 'gone' });
  const fees = before - (await balance());
  // Ten deposits, a close and an elapse: fees, and nothing else.
  expect(fees).toBeGreaterThan(0n);
  expect(fees).toBeLessThan(12n * 700_000n);
});

test('after its seller has settled, it takes the rest at once', async () => {
  const { client, pay, balance, forge, submit, grant, wallet } = await market();
  const { chain } = wallet;
  const before = await balance();
  const first = await pay();
  await pay();
  const { voucher } = await pay();
  const id = voucher.channelId;
  const closed = await client.close(id);
  if (closed.kind !== 'sent') throw new Error('expected a close');
  forge();
  expect(await client.leave(id)).toMatchObject({ kind: 'wait' });

  const included = async (txHash: string) => {
    const found = decodeTransaction((await chain.transaction(txHash as TxHash))?.bytes ?? new Uint8Array());
    if (!found.ok) throw new Error(found.error);
    return found.value;
  };
  const channel = createdOutputs(await included(closed.txHash)).find(
    ({ address }) => address !== wallet.address,
  );
  const parameters = await chain.ledgerParameters?.();
  if (channel === undefined || parameters === undefined) throw new Error('expected a closed channel');
  const address = PROVIDER.address(0);
  const funds = grant(address, 20_000_000n);
  const own: ChainOutput = {
    outRef: { txHash: funds.transaction as TxHash, index: funds.index },
    address,
    lovelace: lovelace(20_000_000n),
    assets: new Map(),
  };
  const total = BigInt(voucher.maxClaimableAmount);
  const settle = buildClaim({
    network: 'cardano:preview',
    facts: { parameters, timeline: timelineOf('cardano:preview') },
    funding: [own],
    collateral: [own],
    changeAddress: address,
    validator: { kind: 'witness', script: validatorOf(CHANNEL_VALIDATOR.bytes) },
    channels: [{ channel, iou: { amount: total, signature: voucher.signature }, total }],
    payTo: address,
    belowMinimum: 'add',
  });
  if (!settle.ok) throw new Error(JSON.stringify(settle.error));
  const { bytes, id: settled } = settle.value;
  await submit(assembleWitness(bytes, PROVIDER.publicKey, PROVIDER.sign(cbor.hex(settled))));

  // Its close period still runs.
  const ended = await client.leave(id);
  expect(ended).toMatchObject({ kind: 'sent', step: 'end' });
  forge();
  expect(await client.leave(id)).toEqual({ kind: 'gone' });
  const opening = idOf(Buffer.from(first.deposit?.transaction ?? '', 'base64'));
  const sent = [opening, closed.txHash, ended.kind === 'sent' ? ended.txHash : ''];
  const fees = (await Promise.all(sent.map(included))).reduce((sum, { fee }) => sum + fee, 0n);
  expect(total).toBe(3n * PRICE);
  expect(before - (await balance())).toBe(total + fees);
});

test('records that are lost are made again from the chain, with the same keys and what is proven', async () => {
  const { client, pay, optionsOf, payloadOf, answer, requirements, published } = await market();
  await pay();
  await pay();
  const [lost] = await client.list();
  if (lost === undefined) throw new Error('expected a channel');
  const found = new BatchSettlementCardanoClient(optionsOf({ referenceScripts: { [SCRIPT]: published } }));
  expect(await found.recover()).toMatchObject([
    {
      id: lost.id,
      iouKey: lost.iouKey,
      count: '0',
      isRecovered: true,
      receiver: null,
      capacity: lost.capacity,
    },
  ]);
  expect(await found.recover()).toEqual([]);
  const first = await payloadOf(found);
  expect(first).toMatchObject({
    type: 'voucher',
    voucher: { channelId: lost.id, maxClaimableAmount: '100000' },
  });
  // The seller says what it counted, and shows the promise that it holds: the second.
  const held = await signatureOf(client, payloadOf);
  const extra = {
    ...requirements.extra,
    channelState: { channelId: lost.id, chargedCumulativeAmount: '200000', totalClaimed: '0' },
    voucherState: { signedMaxClaimable: '300000', signature: held },
  };
  const required = {
    x402Version: 2,
    error: 'invalid_batch_settlement_cardano_cumulative_amount_mismatch',
    resource: { url: '/a' },
    accepts: [{ ...requirements, extra }],
  };
  expect(await answer(first, { paymentRequired: required }, found)).toEqual({ recovered: true });
  expect((await payloadOf(found)).voucher.maxClaimableAmount).toBe('300000');
});

async function signatureOf(
  client: BatchSettlementCardanoClient,
  payloadOf: (of: BatchSettlementCardanoClient) => Promise<Payload>,
): Promise<string> {
  const { voucher } = await payloadOf(client);
  return voucher.signature;
}

test('an opening whose answer is lost is shown again with the same bytes, and no other is made, also by the next process', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'x402-channels-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { client, payloadOf, optionsOf, requirements, submit, forge } = await market({
    store: await channelFileStore(directory),
  });
  const first = await payloadOf();
  const others = { ...requirements.extra, withdrawDelay: DELAY + 1 };
  await expect(payloadOf(client, { extra: others })).rejects.toThrow(
    'no other channel is opened until the chain shows its end',
  );
  const next = new BatchSettlementCardanoClient(optionsOf({ store: await channelFileStore(directory) }));
  const again = await payloadOf(next);
  expect(again).toEqual(first);
  await submit(Buffer.from(first.deposit?.transaction ?? '', 'base64'));
  forge();
  // On the ledger: the channel is adopted, and pays with a promise.
  expect(await payloadOf(next)).toMatchObject({ type: 'voucher', voucher: { maxClaimableAmount: '100000' } });
});

test.each([
  ['another validator', { extra: { scriptHash: '00'.repeat(28) } }, 'a validator that this buyer trusts'],
  ['a longer close period than allowed', { extra: { withdrawDelay: 86_401 } }, 'a close period of at most'],
  [
    'a script that is not the validator',
    { extra: { referenceScript: `${'00'.repeat(32)}#0` } },
    'carries the validator',
  ],
  ['a higher price than allowed', { amount: '100001' }, 'to cost at most 100000'],
  ['another token', { asset: `${'00'.repeat(28)}.00` }, 'as maxPrice says'],
  ['another network', { network: 'cardano:mainnet' as const }, 'a price on cardano:preview'],
])('a seller that names %s gets no promise and no opening', async (_, change, reason) => {
  const { client, payloadOf, requirements } = await market();
  const extra = { ...requirements.extra, ...('extra' in change ? change.extra : {}) };
  await expect(payloadOf(client, { ...change, extra })).rejects.toThrow(reason);
  expect(await client.list()).toEqual([]);
});

test('an opening locks no more than the limits allow, whatever minimum a seller names', async () => {
  const { client, payloadOf, requirements } = await market({
    limits: { lovelace: { perPayment: 6_000_000n } },
  });
  const { deposit } = await payloadOf(client, { extra: { ...requirements.extra, minDeposit: '50000000' } });
  expect(BigInt(deposit?.amount ?? 0)).toBeLessThanOrEqual(6_000_000n);
});
