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
import type { ConfigMistake } from './invalid.js';
import { networkOf } from './network-of.js';
import type { Config } from './schema/index.js';

/** The custom Masumi escrows that the operator trusts, by network. */
export type MasumiEscrows = ReadonlyMap<Network, readonly MasumiEscrow[]>;

type Masumi = Config['chain']['masumi'];

/**
 * The escrows of `masumi.allowedDeployments`, derived from the blueprint at `masumi.blueprintPath`. No file is read
 * where no custom deployment is allowed: the canonical one needs none.
 *
 * @param readFile reads a text file; throws like `node:fs`.
 */
export function readMasumiEscrows(
  config: Config,
  readFile: ReadFile,
): { readonly escrows: MasumiEscrows; readonly mistakes: readonly ConfigMistake[] } {
  const { chain } = config;
  const served = [
    { path: 'chain.masumi', network: chain.network, masumi: chain.masumi },
    ...chain.alsoServe.map(({ network, masumi }, at) =>
      masumi === undefined
        ? { path: 'chain.masumi', network, masumi: chain.masumi }
        : { path: `chain.alsoServe[${at}].masumi`, network, masumi },
    ),
  ];
  const escrows = new Map<Network, readonly MasumiEscrow[]>();
  const mistakes = new Map<string, ConfigMistake>();
  for (const { path, network, masumi } of served) {
    if (masumi.allowedDeployments.length === 0) continue;
    const found = escrowsOf(masumi, path, readFile);
    if (found.ok) escrows.set(networkOf(network), found.value);
    // Two networks that inherit one mistake report it once.
    else mistakes.set(found.error.path, found.error);
  }
  return { escrows, mistakes: [...mistakes.values()] };
}

function escrowsOf(
  { allowedDeployments, blueprintPath }: Masumi,
  path: string,
  readFile: ReadFile,
): Result<readonly MasumiEscrow[], ConfigMistake> {
  const deployments: MasumiDeployment[] = [];
  for (const [at, value] of allowedDeployments.entries()) {
    const listPath = `${path}.allowedDeployments[${at}]`;
    const deployment = parseMasumiDeployment(value, listPath);
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

/** The reader of deployments says `<path>: <what>`. */
function mistakeOf(text: string): ConfigMistake {
  const [path = '', ...message] = text.split(': ');
  return { path, message: message.join(': ') };
}
