import { describe, expect, test } from 'vitest';
import {
  conditionOf,
  EFFECTS,
  endedBy,
  failureOf,
  type HealthState,
  INITIAL_STATE,
  nextState,
  type Observation,
  type ProviderState,
  REASONS,
} from '../src/failover/provider-health.js';

const AT_MS = 1_000_000;
type Kind = Observation['kind'];

/** One observation of each kind. */
const OBSERVED: Readonly<Record<Kind, Observation>> = {
  answered: { kind: 'answered' },
  failed: { kind: 'failed', outcome: 'timeout' },
  limited: { kind: 'limited', outcome: 'rate_limited', retryAfterMs: undefined, atMs: AT_MS },
  pause_ended: { kind: 'pause_ended' },
  refused: { kind: 'refused', outcome: 'forbidden', retryAfterMs: undefined, atMs: AT_MS },
  ban_ended: { kind: 'ban_ended' },
  circuit_opened: { kind: 'circuit_opened' },
  circuit_closed: { kind: 'circuit_closed' },
  probe_answered: { kind: 'probe_answered', latencyMs: 12, height: 7 },
  probe_failed: { kind: 'probe_failed', outcome: 'malformed' },
  network_confirmed: { kind: 'network_confirmed' },
  wrong_network: { kind: 'wrong_network' },
  tip_seen: { kind: 'tip_seen', height: 7 },
  fell_behind: { kind: 'fell_behind', blocks: 6 },
  caught_up: { kind: 'caught_up' },
};

const after = (observations: readonly Observation[], state: HealthState = INITIAL_STATE): HealthState =>
  observations.reduce(nextState, state);

const stateOf = (state: HealthState): ProviderState => conditionOf(state, AT_MS).state;

/** The state before, named by the observation that led to it, then the state after each of the others. */
const TABLE = `
  before          none  wrong_network  refused  circuit_opened  limited      probe_failed  fell_behind
  answered        up    wrong_network  banned   down            backing_off  up            lagging
  failed          up    wrong_network  banned   down            backing_off  down          lagging
  limited         backing_off wrong_network banned down         backing_off  backing_off   backing_off
  pause_ended     up    wrong_network  banned   down            up           down          lagging
  refused         banned wrong_network banned   banned          banned       banned        banned
  ban_ended       down  wrong_network  down     down            backing_off  down          down
  circuit_opened  down  wrong_network  banned   down            down         down          down
  circuit_closed  up    wrong_network  banned   up              backing_off  down          lagging
  probe_answered  up    up             banned   down            backing_off  up            lagging
  probe_failed    down  wrong_network  banned   down            backing_off  down          down
  network_confirmed up  up             banned   down            backing_off  down          lagging
  wrong_network   wrong_network wrong_network wrong_network wrong_network wrong_network wrong_network wrong_network
  tip_seen        up    wrong_network  banned   down            backing_off  down          lagging
  fell_behind     lagging wrong_network banned  down            backing_off  down          lagging
  caught_up       up    wrong_network  banned   down            backing_off  down          up
`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const [[, ...columns] = [], ...rows] = TABLE;
const CELLS = rows.flatMap(([kind = '', ...states]) =>
  states.map((state, index) => [columns[index] ?? '', kind as Kind, state] as const),
);

test('the table has every observation, and every reason that may count against a provider', () => {
  expect(rows.map(([kind]) => kind)).toStrictEqual(Object.keys(EFFECTS));
  expect(CELLS).toHaveLength((REASONS.length + 1) * Object.keys(EFFECTS).length);
});

test.each(CELLS)('after %s, %s makes it %s', (before, kind, state) => {
  const from = before === 'none' ? INITIAL_STATE : after([OBSERVED[before as Kind]]);
  expect(stateOf(nextState(from, OBSERVED[kind]))).toBe(state);
});

test('the most serious reason against a provider names its state, and each reason is remembered', () => {
  const kinds: readonly (readonly [Kind, Kind])[] = [
    ['wrong_network', 'network_confirmed'],
    ['refused', 'ban_ended'],
    ['circuit_opened', 'circuit_closed'],
    ['limited', 'pause_ended'],
    ['probe_failed', 'answered'],
    ['fell_behind', 'caught_up'],
  ];
  let state = after(kinds.map(([kind]) => OBSERVED[kind]));
  const seen = kinds.map(([, end]) => {
    const before = stateOf(state);
    state = nextState(state, OBSERVED[end]);
    return before;
  });
  expect(seen).toStrictEqual(REASONS.map((reason) => reason.state));
  expect(stateOf(state)).toBe('up');
});

describe('a pause', () => {
  const limited = (retryAfterMs?: number, atMs = AT_MS): Observation => ({
    kind: 'limited',
    outcome: 'rate_limited',
    retryAfterMs,
    atMs,
  });
  const untilMs = (state: HealthState) => state.against.pause?.untilMs;

  test('lasts as long as the provider says', () => {
    expect(untilMs(after([limited(7_000)]))).toBe(AT_MS + 7_000);
  });

  test('doubles each time when the provider does not say, up to a quarter of an hour, until it answers', () => {
    expect(untilMs(after([limited()]))).toBe(AT_MS + 1_000);
    expect(untilMs(after([limited(), limited()]))).toBe(AT_MS + 2_000);
    expect(untilMs(after(Array.from({ length: 20 }, () => limited())))).toBe(AT_MS + 900_000);
    const answered = after([limited(), limited(), { kind: 'pause_ended' }, { kind: 'answered' }]);
    expect(untilMs(nextState(answered, limited()))).toBe(AT_MS + 1_000);
  });

  test('is not shortened by a later, shorter one', () => {
    expect(untilMs(after([limited(60_000), limited(1_000, AT_MS + 1_000)]))).toBe(AT_MS + 60_000);
  });

  test('says how much is left, and ends by itself', () => {
    const state = after([limited(5_000)]);
    expect(conditionOf(state, AT_MS + 1_500)).toStrictEqual({
      state: 'backing_off',
      message: 'asked for a pause; 4 s of it are left',
    });
    expect(endedBy(state, AT_MS + 4_999)).toStrictEqual([]);
    expect(endedBy(state, AT_MS + 5_000)).toStrictEqual([{ kind: 'pause_ended' }]);
  });
});

describe('a ban', () => {
  const refused = (outcome: 'forbidden' | 'banned'): Observation => ({
    kind: 'refused',
    outcome,
    retryAfterMs: undefined,
    atMs: AT_MS,
  });

  test('is not extended by calls that were already running', () => {
    const once = after([refused('banned')]);
    expect(once.against.ban?.untilMs).toBe(AT_MS + 30_000);
    expect(after([refused('banned'), refused('forbidden')])).toStrictEqual(once);
  });

  test('ends by itself, and the provider is trusted only after a probe', () => {
    const banned = after([refused('forbidden')]);
    expect(endedBy(banned, AT_MS + 4_999)).toStrictEqual([]);
    const ended = after(endedBy(banned, AT_MS + 5_000), banned);
    expect(conditionOf(ended, AT_MS)).toStrictEqual({
      state: 'down',
      message: 'was refusing us; not probed since',
    });
    expect(stateOf(nextState(ended, OBSERVED.probe_answered))).toBe('up');
  });
});

test('an open circuit says how the latest call failed', () => {
  const open = after([OBSERVED.circuit_opened]);
  expect(conditionOf(open, AT_MS).message).toBe('does not answer');
  expect(conditionOf(after([{ kind: 'failed', outcome: 'connection_failed' }], open), AT_MS).message).toBe(
    'cannot be reached',
  );
});

test('a provider is identified until it shows that it is of another network', () => {
  const seen: readonly Kind[] = ['failed', 'probe_answered', 'wrong_network', 'network_confirmed'];
  let state = INITIAL_STATE;
  const identified = seen.map((kind) => {
    state = nextState(state, OBSERVED[kind]);
    return state.isIdentified;
  });
  expect(identified).toStrictEqual([false, true, false, true]);
  expect(state).toMatchObject({ tipHeight: 7, latencyMs: 12 });
});

test.each([
  ['rate_limited', 'limited'],
  ['quota_exhausted', 'limited'],
  ['forbidden', 'refused'],
  ['banned', 'refused'],
  ['wrong_network', 'wrong_network'],
  ['timeout', 'failed'],
  ['malformed', 'failed'],
  [undefined, 'failed'],
] as const)('a call that ends with %s is observed as %s', (outcome, kind) => {
  expect(failureOf({ outcome }, AT_MS).kind).toBe(kind);
});
