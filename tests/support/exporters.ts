import { type ManagedProcess, onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { programsOrSkip } from './or-skip.js';

export type Exporter = {
  readonly url: string;
  readonly process: ManagedProcess;
};

/** The path of an exporter that our Prometheus also scrapes. `undefined` if its tests should be skipped. */
export async function exporterOrSkip(kind: 'redis' | 'node'): Promise<string | undefined> {
  const name = `prometheus-${kind}-exporter`;
  return (await programsOrSkip([[name]], name))?.[0];
}

/** Starts an exporter on a free loopback port. */
export function startExporter(command: string, args: readonly string[] = []): Promise<Exporter> {
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const process = await startProcess({
      name: command,
      command,
      args: [`--web.listen-address=127.0.0.1:${port}`, ...args],
      ready: { kind: 'http', url: `${url}/metrics` },
    });
    return { url, process };
  });
}
