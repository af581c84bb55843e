import { createServer, type Server } from 'node:net';
import { ProcessStartError } from './start-process.js';

const ATTEMPTS = 5;

/** Below those that a kernel gives to whoever asks for any port, and to outgoing connections. */
const LOWEST_PORT = 20_000;
const PORTS = 6_000;

/** Held until this process ends: a port's claim is the port this far above it. */
const CLAIM_OFFSET = PORTS;
const claims: Server[] = [];

/**
 * A TCP port on 127.0.0.1 that is free now, and that no other process on this machine is given while this one lives. Else two
 * tests could start servers on one port, and one of them would take the other's answers for its own server's.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    const claim = await listenOn(port + CLAIM_OFFSET);
    if (claim === undefined) continue;
    claims.push(claim.unref());
    const probe = await listenOn(port);
    if (probe === undefined) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** `undefined` when the port is taken. */
function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Starts a process on a free port, and on another one when the port was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === ATTEMPTS || !lostThePort(error)) throw error;
    }
  }
}

function lostThePort(error: unknown): boolean {
  return (
    error instanceof ProcessStartError &&
    error.output.some((line) => /EADDRINUSE|address already in use/i.test(line))
  );
}
