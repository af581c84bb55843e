import {
  type EraSummary,
  err,
  type Network,
  ok,
  type Result,
  type Timeline,
} from '@x402-facilitator/cardano';

/** The number by which nodes tell networks apart. */
const NETWORK_MAGIC: Readonly<Record<Network, number>> = {
  'cardano:mainnet': 764_824_073,
  'cardano:preprod': 1,
  'cardano:preview': 2,
};

/** Why no timeline could be built. */
export type TimelineProblem = {
  readonly message: string;
  readonly outcome: 'malformed' | 'wrong_network';
};

const malformed = (message: string) => err<TimelineProblem>({ message, outcome: 'malformed' });

/** An era as Blockfrost writes it; `time` in seconds since the system start. */
type Era = {
  readonly start: { readonly time: number; readonly slot: number; readonly epoch: number };
  readonly parameters: { readonly epoch_length: number; readonly slot_length: number };
};

/**
 * Builds the timeline of `network` from what its genesis says (`system_start` in POSIX seconds) and its era summary.
 * Fails when the answers do not describe that network.
 */
export function timelineOf(
  network: Network,
  genesis: { readonly network_magic: number; readonly system_start: number },
  eras: readonly Era[],
): Result<Timeline, TimelineProblem> {
  const magic = NETWORK_MAGIC[network];
  if (genesis.network_magic !== magic)
    return err({
      message: `expected network magic ${magic} of ${network}, found ${genesis.network_magic}`,
      outcome: 'wrong_network',
    });
  if (eras[0]?.start.slot !== 0)
    return malformed(`expected the first era to start at slot 0, found ${eras[0]?.start.slot}`);

  const summaries: EraSummary[] = [];
  for (const [index, era] of eras.entries()) {
    const start = { seconds: era.start.time, slot: era.start.slot, epoch: era.start.epoch };
    const previous = summaries.at(-1);
    if (
      previous !== undefined &&
      (start.slot < previous.start.slot || start.seconds < previous.start.seconds)
    )
      return malformed(`expected eras in order, found slot ${start.slot} after slot ${previous.start.slot}`);
    const next = eras[index + 1]?.start;
    summaries.push({
      start,
      // The last era is open: the end that an era summary gives for it is only a forecast.
      end: next === undefined ? null : { seconds: next.time, slot: next.slot, epoch: next.epoch },
      slotLengthSeconds: era.parameters.slot_length,
      epochLengthSlots: era.parameters.epoch_length,
    });
  }
  return ok({ systemStartMs: genesis.system_start * 1000, eras: summaries });
}
