import { type Network, parseAssetId, type VerificationPolicy } from '@x402-facilitator/cardano';
import type { MasumiEscrows } from './masumi-escrows.js';
import { networkOf } from './network-of.js';
import type { Config } from './schema/index.js';

/** Every network that this deployment serves, its own one first. */
export function servedNetworks(config: Config): readonly Network[] {
  return [config.chain, ...config.chain.alsoServe].map(({ network }) => networkOf(network));
}

/** What payments on one network are judged by: `chain.verification`, with what `alsoServe` overrides for it. */
export function verificationPolicyOf(
  config: Config,
  network: Network,
  masumiEscrows: MasumiEscrows = new Map(),
): VerificationPolicy {
  const own = config.chain.verification;
  const overrides = config.chain.alsoServe.find(
    (served) => networkOf(served.network) === network,
  )?.verification;
  const assets = overrides?.assets ?? own.assets;
  const escrows = masumiEscrows.get(network);
  return {
    networks: new Set(servedNetworks(config)),
    graceBufferSeconds: overrides?.graceBufferSeconds ?? own.graceBufferSeconds,
    maxTimeoutSeconds: overrides?.maxTimeoutSeconds ?? own.maxTimeoutSeconds,
    feeMinLovelace: BigInt(overrides?.feeMinLovelace ?? own.feeMinLovelace),
    feeMaxLovelace: BigInt(overrides?.feeMaxLovelace ?? own.feeMaxLovelace),
    maxInputs: overrides?.maxInputs ?? own.maxInputs,
    ledger: overrides?.ledger ?? own.ledger,
    acceptMempool: config.settle.acceptMempool,
    ...(escrows === undefined ? {} : { masumiEscrows: escrows }),
    ...(assets === undefined
      ? {}
      : { assets: new Set(assets.flatMap((asset) => parseAssetId(asset) ?? [])) }),
  };
}

/** How long the scripts of one payment on a network may run. */
export function scriptDeadlineOf(config: Config, network: Network): number {
  const { verification, alsoServe } = config.chain;
  const served = alsoServe.find((candidate) => networkOf(candidate.network) === network);
  return served?.verification?.scriptDeadlineMs ?? verification.scriptDeadlineMs;
}
