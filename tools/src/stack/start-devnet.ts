import { join } from 'node:path';
import { LOOPBACK, type ManagedProcess, type Place, startProcess } from '../processes/index.js';
import { baseEnvironment } from './environment.js';
import { entryPoint, ROOT } from './repository.js';

export type DevnetProcess = {
  /** Blockfrost-shaped base URL. */
  readonly url: string;
  /** Faucet, forging, faults, counts (docs/devnet.md). */
  readonly controlUrl: string;
  /** Policy id of the tokens that the faucet mints. */
  readonly testTokenPolicy: string;
  readonly process: ManagedProcess;
};

export type DevnetOptions = {
  readonly network: 'preview' | 'preprod';
  /** Time between blocks; 0 for blocks only on request. */
  readonly blockMs: number;
  readonly judge?: 'second' | 'own';
  readonly logDirectory: string;
  readonly name?: string;
  readonly place?: Place;
};

/** Starts the devnet as a process of its own and reads its addresses from its output. */
export async function startDevnetProcess(options: DevnetOptions): Promise<DevnetProcess> {
  const { network, blockMs, judge = 'second', logDirectory, name = 'devnet', place = LOOPBACK } = options;
  const process = await startProcess({
    name,
    command: globalThis.process.execPath,
    args: [
      ...['--enable-source-maps', entryPoint('devnet')],
      ...['--host', place.host, '--port', '0'],
      ...['--block-ms', String(blockMs), '--network', network],
      ...['--judge', judge],
    ],
    place,
    cwd: ROOT,
    env: baseEnvironment(),
    logFile: join(logDirectory, `${name}.log`),
    ready: { kind: 'line', matches: (line) => addressesIn(line) !== undefined },
  });
  const addresses = addressesIn(process.readyLine ?? '');
  if (addresses === undefined) throw new Error(`${name} printed no addresses`);
  return { ...addresses, process };
}

function addressesIn(line: string): Omit<DevnetProcess, 'process'> | undefined {
  if (!line.startsWith('{')) return undefined;
  const { url, controlUrl, testTokenPolicy } = JSON.parse(line) as Record<string, unknown>;
  return typeof url === 'string' && typeof controlUrl === 'string' && typeof testTokenPolicy === 'string'
    ? { url, controlUrl, testTokenPolicy }
    : undefined;
}
