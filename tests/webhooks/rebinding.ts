import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import process from 'node:process';
import { sendOnce } from '@x402-facilitator/worker/testing';

/**
 * A hostile server of names, in a network of its own: `shop.example` is 9.9.9.9 for the first that asks, and 127.0.0.1 for all
 * after. Two requests are sent to it; prints what came of them, and who was connected to.
 */
const PUBLIC = '9.9.9.9';
const PRIVATE = '127.0.0.1';
const PORT = 8080;

let lookups = 0;
const names = createSocket('udp4');
names.on('message', (question, from) => {
  const end = question.indexOf(0, 12) + 5;
  const isAboutIPv4 = question.readUInt16BE(end - 4) === 1;
  if (isAboutIPv4) lookups += 1;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isAboutIPv4 ? 1 : 0, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const address = lookups === 1 ? PUBLIC : PRIVATE;
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
  names.send(
    Buffer.concat([header, question.subarray(12, end), ...(isAboutIPv4 ? [answer] : [])]),
    from.port,
    from.address,
  );
});
names.bind(53, PRIVATE);
await once(names, 'listening');

async function listen(host: string) {
  const count = { connections: 0 };
  const server = createServer((_, response) => response.end());
  server.on('connection', () => {
    count.connections += 1;
  });
  server.listen(PORT, host);
  await once(server, 'listening');
  return count;
}
const [outer, inner] = [await listen(PUBLIC), await listen(PRIVATE)];

const sent = [];
for (let request = 0; request < 2; request += 1)
  sent.push(
    await sendOnce({
      url: new URL(`http://shop.example:${PORT}/`),
      body: '{}',
      headers: {},
      timeoutMs: 5_000,
      allowPrivateNetworks: false,
    }),
  );
process.stdout.write(
  JSON.stringify({ sent, lookups, public: outer.connections, private: inner.connections }),
);
process.exit();
