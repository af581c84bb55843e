import { addressOf } from '../../../../ledger/address/index.js';
import { type Network, networkIdOf } from '../../../../ledger/network/network.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';

/** The parameters of one `vested_pay` escrow, as requirements write them: who may arbitrate, and how long to wait. */
export type MasumiDeployment = {
  /** Positive decimal. */
  readonly requiredAdmins: string;
  /** 28-byte key hashes in lowercase hex. Order matters, and so does a key that is there twice: it votes twice. */
  readonly adminVkeys: readonly string[];
  /** Milliseconds, decimal. */
  readonly cooldownPeriod: string;
};

/** A deployment with the hash of its validator. */
export type MasumiEscrow = { readonly deployment: MasumiDeployment; readonly scriptHash: string };

/** What the scheme names as the default on mainnet and preprod (scheme: "Deployment and escrow address"). */
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
 * The escrow that requirements mean. A deployment that they spell out must be the default one, whose hash is known, or
 * one that the operator allows; another one's admins are another matter of trust, whatever the seller signed.
 *
 * @returns what is wrong, as a string, when there is none.
 */
export function escrowOf(
  declared: MasumiDeployment | undefined,
  network: Network,
  allowed: readonly MasumiEscrow[],
): MasumiEscrow | string {
  if (declared === undefined) {
    if (NETWORKS_WITH_CANONICAL_ESCROW.includes(network)) return CANONICAL_ESCROW;
    return `expected a deployment, because ${network} has no canonical one, found nothing`;
  }
  const escrow = [CANONICAL_ESCROW, ...allowed].find(
    ({ deployment }) => keyOf(deployment) === keyOf(declared),
  );
  return (
    escrow ??
    'expected the canonical deployment or one that this facilitator allows (chain.masumi.allowedDeployments), found another'
  );
}

/** bech32 of the address at which an escrow locks funds on a network. */
export function escrowAddress({ scriptHash }: MasumiEscrow, network: Network): string {
  const hash = fromHex(scriptHash) ?? new Uint8Array();
  const address = addressOf(Uint8Array.from([ENTERPRISE_SCRIPT | networkIdOf(network), ...hash]));
  if (typeof address === 'string') throw new RangeError(`the script hash ${scriptHash}: ${address}`);
  return address.text;
}
