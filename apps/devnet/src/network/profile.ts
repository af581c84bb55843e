import { type EraSummary, type Network, networkIdOf, type Timeline } from '@x402-facilitator/cardano';

/** An era's row of `/network/eras`: the summary and the safe zone, in slots. */
export type Era = EraSummary & { readonly safeZoneSlots: number };

/** The values from the genesis files and era history of the public network that the devnet imitates. */
export type NetworkProfile = {
  readonly network: Network;
  /** 1 on mainnet, 0 on every testnet. */
  readonly networkId: 0 | 1;
  readonly magic: number;
  readonly securityParam: number;
  readonly timeline: Timeline;
  readonly eras: readonly Era[];
  /** The major protocol version that it runs. */
  readonly protocolVersion: number;
};

/** The networks that a devnet can imitate, by the name that `--network` takes. */
export const NETWORK_NAMES = ['preview', 'preprod', 'mainnet'] as const;

export type NetworkName = (typeof NETWORK_NAMES)[number];

const BYRON_SLOT_SECONDS = 20;

type History = {
  readonly magic: number;
  readonly systemStartSeconds: number;
  readonly securityParam: number;
  readonly byron: { readonly epochLengthSlots: number; readonly epochs: number };
  readonly shelley: {
    readonly epochLengthSlots: number;
    readonly safeZoneSlots: number;
    /** First epoch of every era after Byron, in order; the last is still open. */
    readonly starts: readonly number[];
  };
};

const HISTORIES: Readonly<Record<NetworkName, History>> = {
  preview: {
    magic: 2,
    systemStartSeconds: 1_666_656_000,
    securityParam: 432,
    byron: { epochLengthSlots: 4_320, epochs: 0 },
    // As Blockfrost lists them: everything before Alonzo has no length, and Babbage's end is split at epoch 645.
    shelley: { epochLengthSlots: 86_400, safeZoneSlots: 25_920, starts: [0, 0, 0, 0, 3, 645, 646] },
  },
  preprod: {
    magic: 1,
    systemStartSeconds: 1_654_041_600,
    securityParam: 2_160,
    byron: { epochLengthSlots: 21_600, epochs: 4 },
    shelley: { epochLengthSlots: 432_000, safeZoneSlots: 129_600, starts: [4, 5, 6, 7, 12, 163] },
  },
  mainnet: {
    magic: 764_824_073,
    systemStartSeconds: 1_506_203_091,
    securityParam: 2_160,
    byron: { epochLengthSlots: 21_600, epochs: 208 },
    shelley: { epochLengthSlots: 432_000, safeZoneSlots: 129_600, starts: [208, 236, 251, 290, 365, 507] },
  },
};

function erasOf({ byron, shelley, securityParam }: History): readonly Era[] {
  const byronEnd = {
    seconds: byron.epochs * byron.epochLengthSlots * BYRON_SLOT_SECONDS,
    slot: byron.epochs * byron.epochLengthSlots,
    epoch: byron.epochs,
  };
  const at = (epoch: number) => {
    const slots = (epoch - byron.epochs) * shelley.epochLengthSlots;
    return { seconds: byronEnd.seconds + slots, slot: byronEnd.slot + slots, epoch };
  };
  const byronEra: Era = {
    start: { seconds: 0, slot: 0, epoch: 0 },
    end: byronEnd,
    slotLengthSeconds: BYRON_SLOT_SECONDS,
    epochLengthSlots: byron.epochLengthSlots,
    safeZoneSlots: 2 * securityParam,
  };
  const later = shelley.starts.map((epoch, index): Era => {
    const next = shelley.starts[index + 1];
    return {
      start: at(epoch),
      end: next === undefined ? null : at(next),
      slotLengthSeconds: 1,
      epochLengthSlots: shelley.epochLengthSlots,
      safeZoneSlots: shelley.safeZoneSlots,
    };
  });
  return [byronEra, ...later];
}

/** The profile of a public network, in Conway unless told. */
export function networkProfile(name: NetworkName, protocolVersion = 10): NetworkProfile {
  const history = HISTORIES[name];
  const network: Network = `cardano:${name}`;
  const eras = erasOf(history);
  return {
    network,
    networkId: networkIdOf(network),
    magic: history.magic,
    securityParam: history.securityParam,
    timeline: { systemStartMs: history.systemStartSeconds * 1000, eras },
    eras,
    protocolVersion,
  };
}
