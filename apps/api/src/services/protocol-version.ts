import {
  HIGHEST_JUDGED_PROTOCOL_VERSION,
  isUnknownProtocolVersion,
  type Network,
} from '@x402-facilitator/cardano';
import type { ChainObserver } from '@x402-facilitator/chain';
import type { NetworkConfig } from '@x402-facilitator/shared/config';
import type { ProtocolVersionMetrics } from '@x402-facilitator/shared/telemetry';
import type { Log } from './log.js';

/**
 * Shows which protocol version each network runs. Of one whose rules are not known here the log warns once: at the start,
 * or when the network changes to it.
 */
export function observeProtocolVersion({
  networks,
  metrics,
  log,
}: {
  readonly networks: ReadonlyMap<Network, Pick<NetworkConfig, 'verification'>>;
  readonly metrics: ProtocolVersionMetrics;
  readonly log: Log;
}): Required<Pick<ChainObserver, 'onParameters'>> {
  const running = new Map<Network, number>();
  return {
    onParameters({ network, protocolVersion }) {
      const { major } = protocolVersion;
      const before = running.get(network);
      running.set(network, major);
      metrics.runs(network, major);
      if (major === before || !isUnknownProtocolVersion({ protocolVersion })) return;
      const judged = HIGHEST_JUDGED_PROTOCOL_VERSION;
      const payments = networks.get(network)?.verification.unknownProtocolVersion ?? 'accept';
      const become = payments === 'refuse' ? 'are refused' : `are judged as at version ${judged}`;
      log.warn(
        { network, metadata: { protocolVersion: major, judged, payments } },
        `the network runs protocol version ${major}, whose rules are not all known here: payments ${become}`,
      );
    },
  };
}
