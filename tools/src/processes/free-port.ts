import { mkdir, stat, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessStartError } from './start-process.js';

const ATTEMPTS = 5;

/** Below those that a kernel gives to whoever asks for any port, and to outgoing connections. */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_767;

/** Longer than a process takes to listen. */
const CLAIM_MS = 120_000;

/**
 * A TCP port on 127.0.0.1 that is free now, and that no other caller on this machine is given within two minutes. Else two
 * tests could start servers on one port, and one of them would take the other's answers for its own server's.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
    if ((await claim(port)) && (await canListen(port))) return port;
  }
}

/** A directory is made by one caller only, whatever process it is in. */
async function claim(port: number): Promise<boolean> {
  const claims = join(tmpdir(), 'x402-ports');
  const mine = join(claims, String(port));
  await mkdir(claims, { recursive: true });
  try {
    await mkdir(mine);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const { mtimeMs } = await stat(mine);
  if (Date.now() - mtimeMs < CLAIM_MS) return false;
  await utimes(mine, new Date(), new Date());
  return true;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
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
