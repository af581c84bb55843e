import closeWithGrace from 'close-with-grace';
import { type CliOptions, parseCli, USAGE } from './cli/options.js';
import { type Devnet, startDevnet } from './devnet.js';
import { TEST_TOKEN_POLICY } from './faucet/index.js';

const SHUTDOWN_MS = 5_000;

async function start({ fronts, ...options }: CliOptions): Promise<Devnet[]> {
  const first = await startDevnet(options);
  const devnets = [first];
  while (devnets.length < fronts) {
    devnets.push(await startDevnet({ ...options, port: 0, ledgerOf: first }));
  }
  return devnets;
}

async function run(options: CliOptions): Promise<void> {
  const devnets = await start(options);
  closeWithGrace({ delay: SHUTDOWN_MS }, async () => {
    for (const devnet of devnets.toReversed()) await devnet.close();
  });
  const urls = devnets.map(({ url, koiosUrl, controlUrl }) => ({ url, koiosUrl, controlUrl }));
  const line = { ...urls[0], fronts: urls, network: options.network, testTokenPolicy: TEST_TOKEN_POLICY };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  const options = parseCli(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else await run(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
