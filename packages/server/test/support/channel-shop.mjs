// A shop of one process that sells /item/:n by channels in Redis. The ledger is not part of what it is for: its facilitator says of
// every channel what it says of a large open one. Every fourth item costs half of its price.
import { SETTLEMENT_OVERRIDES_HEADER, x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware } from '@x402/express';
import { BatchSettlementCardanoScheme } from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import express from 'express';
import { Redis } from 'ioredis';

const { NETWORK, PAY_TO, PORT, PRICE, RECEIVER_AUTHORIZER, REDIS_URL, SCRIPT_HASH } = process.env;
const facilitator = {
  verify: async ({ payload }) => {
    const { channelId, channelRef } = payload.voucher;
    const extra = {
      channelId,
      channelRef,
      balance: '1000000000000',
      totalClaimed: '0',
      withdrawRequestedAt: 0,
    };
    return { isValid: true, payer: payload.channelConfig.payer, extra };
  },
  settle: async () => ({
    success: false,
    errorReason: 'not part of this',
    transaction: '',
    network: NETWORK,
  }),
  getSupported: async () => ({
    kinds: [{ x402Version: 2, scheme: 'batch-settlement', network: NETWORK }],
    extensions: [],
    signers: {},
  }),
};
const store = await openRedisChannelStore(new Redis(REDIS_URL, { enableAutoPipelining: true }));
const channels = new BatchSettlementCardanoScheme({
  facilitator,
  store,
  scriptHash: SCRIPT_HASH,
  receiverAuthorizer: RECEIVER_AUTHORIZER,
  withdrawDelay: 900,
  // Short, so that what a killed process held is free soon.
  leaseMs: 500,
  onEvent: (event) => process.stderr.write(`${event.kind} ${event.error ?? ''}\n`),
});
const server = new x402ResourceServer(facilitator).register('cardano:*', channels);
const accepts = channels.accepts({
  network: NETWORK,
  payTo: PAY_TO,
  price: { asset: 'lovelace', amount: PRICE },
});

const app = express();
app.use(paymentMiddleware({ 'GET /item/*': { accepts } }, server));
app.get('/item/:n', (request, response) => {
  const n = Number(request.params.n);
  if (n % 4 === 3) response.setHeader(SETTLEMENT_OVERRIDES_HEADER, JSON.stringify({ amount: '50%' }));
  response.json({ n });
});
app.listen(Number(PORT), '127.0.0.1');
