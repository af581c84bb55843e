// A shop of one process: sells /report, keeps answers in Redis, and writes a line to RUNS for every run of the handler.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware } from '@x402/express';
import { CardanoFacilitatorClient, Delivery, ExactCardanoScheme } from '@x402-facilitator/server';
import { deliverOnce } from '@x402-facilitator/server/express';
import { createRedisStore } from '@x402-facilitator/server/redis';
import express from 'express';
import { Redis } from 'ioredis';

const { FACILITATOR_URL, PAY_TO, PORT, REDIS_URL, RUNS, SETTLE_WITHIN_MS = '20000' } = process.env;
const cardano = new ExactCardanoScheme();
const facilitator = new CardanoFacilitatorClient({
  url: FACILITATOR_URL,
  settleWithinMs: Number(SETTLE_WITHIN_MS),
});
const server = new x402ResourceServer(facilitator).register('cardano:*', cardano);
const accepts = cardano.accepts({
  network: 'cardano:preview',
  payTo: PAY_TO,
  price: '2 ADA',
  confirmations: 0,
});
const delivery = new Delivery({
  store: createRedisStore(new Redis(REDIS_URL)),
  onError: (error) => process.stderr.write(`${error}\n`),
});

const app = express();
app.use(deliverOnce(delivery, paymentMiddleware({ 'GET /report': { accepts } }, server)));
app.get('/report', (request, response) => {
  appendFileSync(RUNS, `${request.originalUrl}\n`);
  response.json({ made: request.originalUrl, by: process.pid });
});
createServer({ maxHeaderSize: 65_536 }, app).listen(Number(PORT), '127.0.0.1');
