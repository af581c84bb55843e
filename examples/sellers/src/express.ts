import { createServer } from 'node:http';
import { paymentMiddleware } from '@x402/express';
import { deliverOnce } from '@x402-facilitator/server/express';
import express from 'express';
import { delivery, paywall, report, server } from './shop.js';

const app = express();
app.use(deliverOnce(delivery, paymentMiddleware({ 'GET /report': report }, server, undefined, paywall)));
app.get('/report', (_request, response) => {
  response.json({ title: 'Market report', at: new Date().toISOString() });
});

// A payment in a header can be larger than the 16 KiB that Node takes.
createServer({ maxHeaderSize: 65_536 }, app).listen(Number(process.env.PORT ?? 4021), '127.0.0.1');
