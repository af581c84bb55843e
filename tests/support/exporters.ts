import { findProgram, installPackage } from '@x402-facilitator/tools/debian';
import { type ManagedProcess, onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { orSkip, say } from './or-skip.js';

/** Programs beside ours that a Prometheus of ours scrapes. Homebrew has the second one only. */
const PACKAGES = { redis: 'prometheus-redis-exporter', node: 'prometheus-node-exporter' } as const;

export type Exporter = {
  readonly url: string;
  readonly process: ManagedProcess;
};

type Available = { readonly kind: 'available'; readonly binary: string };
type Provision = Available | { readonly kind: 'unavailable'; readonly reason: string };

/** The path of an exporter, installed if need be and permitted; undefined where its tests are to be skipped. */
export async function exporterOrSkip(kind: keyof typeof PACKAGES): Promise<string | undefined> {
  const name = PACKAGES[kind];
  const found = await findProgram([name], process.env);
  if (found !== undefined) return found;
  const installation = await installPackage(
    { programs: [name], apt: name, services: [name], forbiddenBy: 'PROMETHEUS_INSTALL' },
    { env: process.env, announce: say },
  );
  const provision: Provision =
    installation.kind === 'installed'
      ? { kind: 'available', binary: installation.binary }
      : { kind: 'unavailable', reason: `${name} is not here: ${installation.reason}` };
  return orSkip<Available>(provision, 'PROMETHEUS_INSTALL')?.binary;
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
