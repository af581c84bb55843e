import type { TxHash } from '@x402-facilitator/cardano';
import { type ChainProvider, createBlockfrostProvider } from '@x402-facilitator/chain';
import { onTestFinished } from 'vitest';
import { block, EPOCH_2_START_MS, eras, genesis, parameters, utxoOutput, utxos } from './answers.js';
import { type Script, type ScriptedServer, startScriptedServer } from './scripted-server.js';

/** The first slot of epoch 2 on the timeline of `answers.ts`. */
const EPOCH_2_SLOT = 90_720;

/** A provider over a scripted server that knows the given transactions, each with `outputs` unspent outputs. */
export async function knowing(
  transactions: readonly TxHash[],
  options: { readonly outputs?: number; readonly scripts?: Record<string, Script> } = {},
): Promise<{ provider: ChainProvider; server: ScriptedServer }> {
  const outputs = Array.from({ length: options.outputs ?? 2 }, (_, index) =>
    utxoOutput({ output_index: index }),
  );
  const server = await startScriptedServer({
    '/blocks/latest': { json: block({ slot: EPOCH_2_SLOT }) },
    '/genesis': { json: genesis },
    '/network/eras': { json: eras },
    '/epochs/latest/parameters': { json: parameters() },
    ...Object.fromEntries(transactions.map((txHash) => [`/txs/${txHash}/utxos`, utxos(txHash, outputs)])),
    ...options.scripts,
  });
  const provider = createBlockfrostProvider({ network: 'cardano:preview', url: server.url });
  onTestFinished(() => provider.close());
  return { provider, server };
}

/** A clock that a test moves by hand; it starts when the tip of `knowing` was made. */
export function handClock(): { now: () => number; advance(ms: number): void } {
  let nowMs = EPOCH_2_START_MS;
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
