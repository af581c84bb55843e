import { payments } from '@x402-facilitator/server/fastify';
import fastify from 'fastify';
import { delivery, paywall, report, server } from './shop.js';

// A payment in a header can be larger than the 16 KiB that Node takes.
const app = fastify({ http: { maxHeaderSize: 65_536 } });
await app.register(payments, { routes: { 'GET /report': report }, server, delivery, paywall });
app.get('/report', async () => ({ title: 'Market report', at: new Date().toISOString() }));

await app.listen({ port: Number(process.env.PORT ?? 4021), host: '127.0.0.1' });
