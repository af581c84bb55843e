import { addressOf } from '../../../../ledger/address/index.js';
import { type Network, networkIdOf } from '../../../../ledger/network/network.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { err, ok, type Result } from '../../../../result.js';
import type { MasumiDeployment, MasumiEscrow } from '../../../policy.js';
import { bounded, closed, lowercaseHex, parseShape, text, told } from '../../../shape.js';
import { LIMITS } from './parameters.js';

/** The parameters of a deployment, in requirements as well as in an operator's configuration. */
export const deploymentSchema = closed({
  requiredAdmins: text(/^[1-9][0-9]*$/, 3, 'a decimal from 1 to the number of adminVkeys'),
  adminVkeys: bounded(lowercaseHex(28), LIMITS.adminKeys),
  cooldownPeriod: text(
    /^(?:0|[1-9][0-9]*)$/,
    LIMITS.integerDigits,
    'milliseconds as a decimal without leading zeros',
  ),
}).check(({ value: { requiredAdmins: input, adminVkeys }, issues }) => {
  if (Number(input) <= adminVkeys.length) return;
  const { error } = told(`a decimal from 1 to ${adminVkeys.length}, the number of adminVkeys`);
  issues.push({ code: 'custom', input, path: ['requiredAdmins'], message: error({ input }) });
});

/**
 * Parses the parameters of a deployment as an operator's configuration lists them.
 *
 * @param path where the value stands, for the message.
 * @returns the deployment, or what is wrong with it: place, expected and found.
 * @example
 * parseMasumiDeployment(
 *   { requiredAdmins: '1', adminVkeys: ['ab'.repeat(28)], cooldownPeriod: '420000' },
 *   'chain.masumi.allowedDeployments[0]',
 * );
 */
export function parseMasumiDeployment(value: unknown, path: string): Result<MasumiDeployment, string> {
  return parseShape(deploymentSchema, value, path);
}

/** The default on mainnet and preprod (scheme: "Deployment and escrow address"). */
export const CANONICAL_ESCROW: MasumiEscrow = {
  deployment: {
    requiredAdmins: '2',
    adminVkeys: [
      'fc16a1fcf309aed03ec18bb2176f5ea29acea70bb79145ebaffa8e75',
      '7f78161369549d8e2b138fee724c9fa606d6107a66720bdb4c48ada6',
      '89eef9ea84e0ee7fe4921fa93eb2873ff6e34473f751d5d52cb75aa6',
    ],
    cooldownPeriod: '420000',
  },
  scriptHash: 'a15ce9d82d2f67645fc624e2edac03c6f1c106d0ad1af5815a3b14ad',
};

const NETWORKS_WITH_CANONICAL_ESCROW: readonly Network[] = ['cardano:mainnet', 'cardano:preprod'];
const ENTERPRISE_SCRIPT = 0x70;

function keyOf({ requiredAdmins, adminVkeys, cooldownPeriod }: MasumiDeployment): string {
  return [requiredAdmins, ...adminVkeys, cooldownPeriod].join(' ');
}

/**
 * The escrow that requirements mean. A declared deployment must be the default one, whose hash is known, or one that the
 * operator allows: the seller's signature does not make other admins trustworthy.
 *
 * @returns the escrow, or what is wrong with the deployment.
 */
export function escrowOf(
  declared: MasumiDeployment | undefined,
  network: Network,
  allowed: readonly MasumiEscrow[],
): Result<MasumiEscrow, string> {
  if (declared === undefined) {
    if (NETWORKS_WITH_CANONICAL_ESCROW.includes(network)) return ok(CANONICAL_ESCROW);
    return err(`expected a deployment, because ${network} has no canonical one, found nothing`);
  }
  const escrow = [CANONICAL_ESCROW, ...allowed].find(
    ({ deployment }) => keyOf(deployment) === keyOf(declared),
  );
  if (escrow !== undefined) return ok(escrow);
  return err(
    'expected the canonical deployment or one that this facilitator allows (chain.masumi.allowedDeployments), found another',
  );
}

/** The address, in bech32, at which an escrow locks funds on a network. */
export function escrowAddress({ scriptHash }: MasumiEscrow, network: Network): string {
  const hash = fromHex(scriptHash) ?? new Uint8Array();
  const address = addressOf(Uint8Array.from([ENTERPRISE_SCRIPT | networkIdOf(network), ...hash]));
  if (!address.ok) throw new RangeError(`the script hash ${scriptHash}: ${address.error}`);
  return address.value.text;
}
