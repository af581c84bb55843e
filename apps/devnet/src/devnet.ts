import type { AddressInfo } from 'node:net';
import { BlockTimer, Faults, RequestCounts } from './control/index.js';
import { Faucet, faucetAddress } from './faucet/index.js';
import { createServer } from './http/index.js';
import { type JudgeName, judgeTransaction } from './judge/index.js';
import { genesisBlock, Ledger } from './ledger/index.js';
import { type NetworkName, networkProfile } from './network/index.js';

export type DevnetOptions = {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** The public network to imitate; default `preview`. */
  readonly network?: NetworkName;
  /** The major protocol version that it runs; default 10. */
  readonly protocolVersion?: number;
  /** Interval between blocks in milliseconds. 0 makes blocks only on request. Default 1 000. */
  readonly blockMs?: number;
  /** Who judges submissions; default `second`. `own` is for load that shares its cores with what is measured. */
  readonly judge?: JudgeName;
  /** Requires this `project_id`. By default any or none is accepted. */
  readonly projectId?: string;
  /** Room in the mempool, in bytes. Default 16 MiB, where a real node has 180 224 bytes. */
  readonly mempoolBytes?: number;
  /** Wall-clock POSIX milliseconds. */
  readonly nowMs?: () => number;
  /** Uniform in [0, 1). Decides whether a fault with a probability hits. */
  readonly random?: () => number;
  /**
   * Makes this another HTTP front of that devnet's ledger, with its own faults and request counts. The options about
   * the ledger (network, blocks, judge, mempool, clock) then come from the other devnet.
   */
  readonly ledgerOf?: Devnet;
};

/** A running devnet. */
export type Devnet = {
  /** Base of Blockfrost's API, `http://127.0.0.1:PORT/api/v0`. */
  readonly url: string;
  /** Base of the Koios API over the same ledger, `http://127.0.0.1:PORT/api/v1`. */
  readonly koiosUrl: string;
  /** Base of the control API, `http://127.0.0.1:PORT/devnet`. */
  readonly controlUrl: string;
  readonly ledger: Ledger;
  readonly faucet: Faucet;
  readonly timer: BlockTimer;
  /** Of this HTTP front only. */
  readonly faults: Faults;
  /** Of this HTTP front only. */
  readonly requests: RequestCounts;
  /** Stops answering. The first front of a ledger also stops its blocks. */
  close(): Promise<void>;
};

const DEFAULT_BLOCK_MS = 1_000;
const DEFAULT_MEMPOOL_BYTES = 16 * 1_048_576;

function startLedger(options: DevnetOptions): Pick<Devnet, 'ledger' | 'faucet' | 'timer'> {
  const { blockMs = DEFAULT_BLOCK_MS, judge = 'second' } = options;
  if (!Number.isInteger(blockMs) || blockMs < 0) {
    throw new RangeError(`blockMs: expected a whole number of milliseconds, found ${blockMs}`);
  }
  const profile = networkProfile(options.network ?? 'preview', options.protocolVersion);
  const ledger = new Ledger({
    profile,
    genesis: genesisBlock(faucetAddress(profile.networkId)),
    judge: (transaction, context) => judgeTransaction(transaction, context, judge),
    nowMs: options.nowMs ?? Date.now,
    mempoolBytes: options.mempoolBytes ?? DEFAULT_MEMPOOL_BYTES,
  });
  // Genesis is far in the network's past, so the chain starts with a current block.
  ledger.forge();
  return { ledger, faucet: new Faucet(ledger), timer: new BlockTimer(ledger, blockMs) };
}

/**
 * Starts a Cardano network with a single node behind Blockfrost's HTTP API.
 *
 * @throws RangeError for options out of range; the listener's own error when the port is taken.
 */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { host = '127.0.0.1', port = 0, ledgerOf } = options;
  const { ledger, faucet, timer } = ledgerOf ?? startLedger(options);
  const faults = new Faults(options.random ?? Math.random);
  const requests = new RequestCounts();
  const server = createServer({
    ledger,
    faucet,
    timer,
    faults,
    requests,
    ...(options.projectId === undefined ? {} : { projectId: options.projectId }),
  });
  const stopLedger = () => {
    if (ledgerOf === undefined) timer.pause();
  };
  try {
    await server.listen({ host, port });
  } catch (error) {
    stopLedger();
    throw error;
  }
  const address = server.server.address() as AddressInfo;
  const origin = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  return {
    url: `${origin}/api/v0`,
    koiosUrl: `${origin}/api/v1`,
    controlUrl: `${origin}/devnet`,
    ledger,
    faucet,
    timer,
    faults,
    requests,
    async close() {
      stopLedger();
      await server.close();
    },
  };
}
