import {
  deriveMasumiEscrows,
  err,
  type MasumiDeployment,
  type MasumiEscrow,
  type Network,
  ok,
  parseMasumiDeployment,
  type Result,
} from '@x402-facilitator/cardano';
import { type ReadFile, reasonOf } from './environment.js';
import type { ConfigMistake } from './mistakes.js';
import type { Settings } from './schema/index.js';
import { type ServedNetwork, servedNetworks } from './served-networks.js';

/** The custom Masumi escrows that the operator trusts, by network. */
export type MasumiEscrows = ReadonlyMap<Network, readonly MasumiEscrow[]>;

/**
 * The escrows of `masumi.allowedDeployments`, derived from the blueprint at `masumi.blueprintPath`. Without custom
 * deployments no file is read: the canonical one needs none.
 *
 * @param readFile reads a text file; throws like `node:fs`.
 */
export function readMasumiEscrows(
  settings: Settings,
  readFile: ReadFile,
): Result<MasumiEscrows, readonly ConfigMistake[]> {
  const escrows = new Map<Network, readonly MasumiEscrow[]>();
  const mistakes = new Map<string, ConfigMistake>();
  for (const { network, masumi } of servedNetworks(settings)) {
    if (masumi.allowedDeployments.length === 0) continue;
    const found = escrowsOf(masumi, readFile);
    if (found.ok) escrows.set(network, found.value);
    // Networks may inherit the same mistake. It is reported once.
    else mistakes.set(found.error.path, found.error);
  }
  return mistakes.size === 0 ? ok(escrows) : err([...mistakes.values()]);
}

function escrowsOf(
  { allowedDeployments, blueprintPath, path }: ServedNetwork['masumi'],
  readFile: ReadFile,
): Result<readonly MasumiEscrow[], ConfigMistake> {
  const deployments: MasumiDeployment[] = [];
  for (const [at, value] of allowedDeployments.entries()) {
    const deployment = parseMasumiDeployment(value, `${path}.allowedDeployments[${at}]`);
    if (!deployment.ok) return err(mistakeOf(deployment.error));
    deployments.push(deployment.value);
  }
  const key = `${path}.blueprintPath`;
  if (blueprintPath === undefined)
    return err({
      path: key,
      message: 'required for allowedDeployments: a copy of the contract’s CIP-57 blueprint',
    });
  const blueprint = readBlueprint(blueprintPath, readFile);
  if (!blueprint.ok) return err({ path: key, message: blueprint.error });
  const derived = deriveMasumiEscrows(blueprint.value, deployments);
  return derived.ok ? derived : err({ path: key, message: `${blueprintPath}: ${derived.error}` });
}

function readBlueprint(path: string, readFile: ReadFile): Result<unknown, string> {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return err(`cannot read ${path}: ${reasonOf(error)}`);
  }
  try {
    return ok(JSON.parse(text));
  } catch {
    return err(`${path} is not valid JSON`);
  }
}

/** The deployments' reader reports `<path>: <what>`. */
function mistakeOf(text: string): ConfigMistake {
  const [path = '', ...message] = text.split(': ');
  return { path, message: message.join(': ') };
}
