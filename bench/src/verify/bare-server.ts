import type { AddressInfo } from 'node:net';
import { paymentRequestSchema } from '@x402-facilitator/shared/wire';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';

// What any route of this shape costs on this machine: HTTP, JSON and the same schema, and nothing else.
const app = fastify().withTypeProvider<ZodTypeProvider>();
app.setValidatorCompiler(validatorCompiler);
app.setSerializerCompiler(serializerCompiler);
app.post('/verify', { schema: { body: paymentRequestSchema } }, async () => ({ isValid: true, payer: '' }));
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as AddressInfo;
process.stdout.write(`http://127.0.0.1:${port}\n`);
