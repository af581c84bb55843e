import type { Network } from '@x402-facilitator/cardano';
import type { MasumiEscrows } from './masumi-escrows.js';
import { type NetworkConfig, resolveNetworks } from './network-config.js';
import type { Settings } from './schema/index.js';

/** The effective configuration: every setting with its default, and each served network resolved. */
export type Config = Settings & { readonly networks: ReadonlyMap<Network, NetworkConfig> };

/** @param masumiEscrows of custom deployments, read from their blueprints. */
export function resolveConfig(settings: Settings, masumiEscrows: MasumiEscrows = new Map()): Config {
  return { ...settings, networks: resolveNetworks(settings, masumiEscrows) };
}
