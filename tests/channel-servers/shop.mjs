// A shop of one process that sells /item/:n by channels in Redis, with a real facilitator. Every fourth item costs half of its price.
import { SETTLEMENT_OVERRIDES_HEADER, x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware } from '@x402/express';
import { CardanoFacilitatorClient } from '@x402-facilitator/server';
import { BatchSettlementCardanoScheme } from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import express from 'express';
import { Redis } from 'ioredis';

const { FACILITATOR_URL, NETWORK, PAY_TO, PORT, PRICE, RECEIVER_AUTHORIZER, REDIS_URL, SCRIPT_HASH } =
  process.env;
const facilitator = new CardanoFacilitatorClient({ url: FACILITATOR_URL });
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
// All processes are one shop to its buyers, as behind a load balancer.
app.use((request, _response, next) => {
  request.headers.host = 'shop.example';
  next();
});
app.use(paymentMiddleware({ 'GET /item/*': { accepts } }, server));
app.get('/item/:n', (request, response) => {
  const n = Number(request.params.n);
  if (n % 4 === 3) response.setHeader(SETTLEMENT_OVERRIDES_HEADER, JSON.stringify({ amount: '50%' }));
  response.json({ n });
});
app.listen(Number(PORT), '127.0.0.1');
