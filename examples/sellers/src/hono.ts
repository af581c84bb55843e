import { serve } from '@hono/node-server';
import { paymentMiddleware } from '@x402/hono';
import { deliverOnce } from '@x402-facilitator/server/hono';
import { Hono } from 'hono';
import { delivery, paywall, report, server } from './shop.js';

const app = new Hono();
app.use(deliverOnce(delivery, paymentMiddleware({ 'GET /report': report }, server, undefined, paywall)));
app.get('/report', (context) => context.json({ title: 'Market report', at: new Date().toISOString() }));

serve({
  fetch: app.fetch,
  port: Number(process.env.PORT ?? 4021),
  hostname: '127.0.0.1',
  // A payment in a header can be larger than the 16 KiB that Node takes.
  serverOptions: { maxHeaderSize: 65_536 },
});
