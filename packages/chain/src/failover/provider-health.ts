import type { ProviderCallOutcome } from '../provider/index.js';

/** Whether a provider is used, and if not, why. */
export type ProviderState =
  | 'up'
  /** Its circuit is open, or its latest probe failed. */
  | 'down'
  /** It refuses us (403, 418): an operator has to look. */
  | 'banned'
  /** It asked for a pause (429, 402). */
  | 'backing_off'
  /** Its tip is behind another provider's. */
  | 'lagging'
  | 'wrong_network';

/** One provider as `/health` shows it. */
export type ProviderHealth = {
  readonly name: string;
  readonly state: ProviderState;
  /** Why it is not up, without addresses or credentials. */
  readonly message?: string | undefined;
  /** Of its latest probe that was answered. */
  readonly latencyMs: number | null;
  /** Height of its latest known tip. */
  readonly tipHeight: number | null;
};

/** What may count against a provider, in order of weight. Several may hold at once: the first names the state. */
export const REASONS = [
  { reason: 'network', state: 'wrong_network' },
  { reason: 'ban', state: 'banned' },
  { reason: 'circuit', state: 'down' },
  { reason: 'pause', state: 'backing_off' },
  { reason: 'probe', state: 'down' },
  { reason: 'lag', state: 'lagging' },
] as const satisfies readonly { reason: string; state: ProviderState }[];

type Reason = (typeof REASONS)[number]['reason'];

/** Which reason each observation adds or removes. */
export const EFFECTS = {
  /** It answered a call, so it works, even if its latest probe failed. */
  answered: { removes: ['probe'] },
  /** One failure proves little: the circuit breaker counts them. */
  failed: {},
  limited: { adds: 'pause' },
  pause_ended: { removes: ['pause'] },
  refused: { adds: 'ban' },
  /** The circuit is closed again, but a probe has to succeed first. */
  ban_ended: { removes: ['ban'], adds: 'probe' },
  circuit_opened: { adds: 'circuit' },
  circuit_closed: { removes: ['circuit'] },
  probe_answered: { removes: ['probe', 'network'] },
  probe_failed: { adds: 'probe' },
  network_confirmed: { removes: ['network'] },
  wrong_network: { adds: 'network' },
  tip_seen: {},
  fell_behind: { adds: 'lag' },
  caught_up: { removes: ['lag'] },
} as const satisfies Record<string, { adds?: Reason; removes?: readonly Reason[] }>;

/** Something that was seen of a provider. */
export type Observation =
  | {
      readonly kind:
        | 'answered'
        | 'pause_ended'
        | 'ban_ended'
        | 'circuit_opened'
        | 'circuit_closed'
        | 'network_confirmed'
        | 'wrong_network'
        | 'caught_up';
    }
  | { readonly kind: 'failed' | 'probe_failed'; readonly outcome: ProviderCallOutcome | undefined }
  | {
      readonly kind: 'limited' | 'refused';
      readonly outcome: keyof typeof FIRST_PAUSE_MS;
      /** As the provider asked; unset when it did not say. */
      readonly retryAfterMs: number | undefined;
      readonly atMs: number;
    }
  | { readonly kind: 'probe_answered'; readonly latencyMs: number; readonly height: number }
  | { readonly kind: 'tip_seen'; readonly height: number }
  | { readonly kind: 'fell_behind'; readonly blocks: number };

/** A reason in words, and when it ends by itself: Infinity when only another observation ends it. */
type Charge = { readonly message: string; readonly untilMs: number };

/** All that is known of a provider. */
export type HealthState = {
  readonly against: { readonly [R in Reason]?: Charge };
  /** Whether it is known to serve the network that it is configured for. */
  readonly isIdentified: boolean;
  readonly lastFailure: string | undefined;
  /** How many pauses there were for which the provider named no length, since it last answered. */
  readonly pausesInARow: number;
  readonly tipHeight: number | undefined;
  readonly latencyMs: number | undefined;
};

export const INITIAL_STATE: HealthState = {
  against: {},
  isIdentified: false,
  lastFailure: undefined,
  pausesInARow: 0,
  tipHeight: undefined,
  latencyMs: undefined,
};

/**
 * The pause when a provider does not name one. It doubles each time that the provider refuses again. Long enough not to
 * make a ban worse, short enough for an operator with a single provider.
 */
const FIRST_PAUSE_MS = {
  rate_limited: 1_000,
  forbidden: 5_000,
  banned: 30_000,
  quota_exhausted: 10_000,
} as const satisfies Partial<Record<ProviderCallOutcome, number>>;
const LONGEST_PAUSE_MS = 900_000;

/** What is known of a provider after one more observation. */
export function nextState(state: HealthState, observation: Observation): HealthState {
  const effect: { adds?: Reason; removes?: readonly Reason[] } = EFFECTS[observation.kind];
  const against = { ...state.against };
  for (const reason of effect.removes ?? []) delete against[reason];
  // Calls that were under way when it banned us are refused too: they do not make the ban longer.
  const isKnownBan = observation.kind === 'refused' && against.ban !== undefined;
  if (effect.adds !== undefined && !isKnownBan)
    against[effect.adds] = { message: messageOf(observation), untilMs: endOf(state, observation) };
  return { ...state, ...(isKnownBan ? {} : factsIn(observation, state)), against };
}

function endOf({ against, pausesInARow }: HealthState, observation: Observation): number {
  if (observation.kind !== 'limited' && observation.kind !== 'refused') return Number.POSITIVE_INFINITY;
  const { outcome, retryAfterMs, atMs } = observation;
  const pauseMs = retryAfterMs ?? Math.min(FIRST_PAUSE_MS[outcome] * 2 ** pausesInARow, LONGEST_PAUSE_MS);
  return Math.max(atMs + pauseMs, observation.kind === 'limited' ? (against.pause?.untilMs ?? 0) : 0);
}

function factsIn(observation: Observation, { pausesInARow }: HealthState): Partial<HealthState> {
  switch (observation.kind) {
    case 'answered':
      return { pausesInARow: 0 };
    case 'failed':
      return { lastFailure: observation.outcome && describe(observation.outcome) };
    case 'limited':
    case 'refused': {
      const isOurs = observation.retryAfterMs === undefined;
      return {
        lastFailure: describe(observation.outcome),
        pausesInARow: isOurs ? pausesInARow + 1 : pausesInARow,
      };
    }
    case 'probe_answered':
      return { isIdentified: true, latencyMs: observation.latencyMs, tipHeight: observation.height };
    case 'network_confirmed':
      return { isIdentified: true };
    case 'wrong_network':
      return { isIdentified: false };
    case 'tip_seen':
      return { tipHeight: observation.height };
    default:
      return {};
  }
}

function messageOf(observation: Observation): string {
  switch (observation.kind) {
    case 'limited':
    case 'refused':
      return describe(observation.outcome);
    case 'probe_failed':
      return `failed its probe: ${observation.outcome ?? 'no answer'}`;
    case 'ban_ended':
      return 'was refusing us; not probed since';
    case 'fell_behind':
      return lagMessage(observation.blocks);
    case 'wrong_network':
      return describe('wrong_network');
    default:
      return 'does not answer';
  }
}

/** What is over by now, as observations. */
export function endedBy({ against: { ban, pause } }: HealthState, nowMs: number): readonly Observation[] {
  return [
    ...(ban !== undefined && ban.untilMs <= nowMs ? [{ kind: 'ban_ended' } as const] : []),
    ...(pause !== undefined && pause.untilMs <= nowMs ? [{ kind: 'pause_ended' } as const] : []),
  ];
}

/** The state that the weightiest reason names, and why. */
export function conditionOf(
  { against, lastFailure }: HealthState,
  nowMs: number,
): Pick<ProviderHealth, 'state' | 'message'> {
  for (const { reason, state } of REASONS) {
    const found = against[reason];
    if (found === undefined) continue;
    const { message, untilMs } = found;
    if (reason === 'circuit') return { state, message: lastFailure ?? message };
    if (reason !== 'pause') return { state, message };
    const seconds = Math.ceil((untilMs - nowMs) / 1000);
    return { state, message: `asked for a pause; ${seconds} s of it are left` };
  }
  return { state: 'up' };
}

/** What the error of a call, or an ambiguous submission, shows of the provider. */
export function failureOf(
  ending: {
    readonly outcome?: ProviderCallOutcome | undefined;
    readonly retryAfterMs?: number | undefined;
  },
  atMs: number,
): Observation {
  const { outcome, retryAfterMs } = ending;
  switch (outcome) {
    case 'rate_limited':
    case 'quota_exhausted':
      return { kind: 'limited', outcome, retryAfterMs, atMs };
    case 'forbidden':
    case 'banned':
      return { kind: 'refused', outcome, retryAfterMs, atMs };
    case 'wrong_network':
      return { kind: 'wrong_network' };
    default:
      return { kind: 'failed', outcome };
  }
}

/** A tip that is behind, in words. */
export const lagMessage = (blocks: number): string => `its tip is ${blocks} blocks behind`;

const WORDS: Partial<Record<ProviderCallOutcome, string>> = {
  timeout: 'does not answer in time',
  connection_failed: 'cannot be reached',
  server_error: 'answers with server errors',
  forbidden: 'refuses our credential (403)',
  banned: 'has banned us for flooding (418)',
  rate_limited: 'limits our rate (429)',
  quota_exhausted: 'says that the quota is used up (402)',
  malformed: 'answers in another shape than documented',
  wrong_network: 'serves another network',
};

function describe(outcome: ProviderCallOutcome): string {
  return WORDS[outcome] ?? outcome;
}
