import { type Pause, SETTLEMENT_STATES, settlementsIn } from '@x402-facilitator/journal';
import { isoTime } from '@x402-facilitator/shared/wire';
import type { CommandContext, JsonOption } from '../command.js';
import type { ConnectedNetwork } from '../connect.js';
import { describeWallet, walletLines } from '../wallet.js';
import { age, wordsOfUnreadable } from '../words.js';

/** `ops status`: answers "does it make progress, and if not, why?" */
export async function status(
  { networks: served, presence, out, now }: CommandContext,
  { json }: JsonOption,
): Promise<number> {
  const networks = await Promise.all(served.map((network) => describe(network, now())));
  const workers = await presence.list();
  if (json === true) {
    out(JSON.stringify({ networks, workers }, null, 2));
    return 0;
  }
  for (const one of networks) {
    out(`${one.network}  ${wordsOf(one.pause, one.queue.paused)}`);
    const states = Object.entries(one.states).map(([state, count]) => `${state} ${count}`);
    const oldest =
      one.oldestPendingAt === null ? '' : `, oldest for ${age(now() - Date.parse(one.oldestPendingAt))}`;
    out(`  pending    ${one.pending}${states.length === 0 ? '' : ` (${states.join(', ')})`}${oldest}`);
    out(`  watched    ${one.watched} confirmed, inside the stability window`);
    if (one.unreadable.length > 0) out(`  unreadable ${wordsOfUnreadable(one.unreadable)}`);
    const { waiting, active, failed } = one.queue;
    out(`  jobs       waiting ${waiting}, active ${active}, failed ${failed}`);
    const { chain, chainUnreadable } = one;
    if (one.wallet !== null) for (const line of walletLines(one.wallet)) out(line);
    out(
      chainUnreadable === undefined
        ? `  chain      ${chain === null ? 'nothing followed yet' : `height ${chain.height}, slot ${chain.slot}`}`
        : `  chain      its record cannot be read, and the next follower begins at the tip: ${chainUnreadable}`,
    );
  }
  out(`workers      ${workers.length}`);
  for (const { id, version, networks: serves } of workers) {
    const roles = serves.map(({ network, isFollower }) => `${network}${isFollower ? ' (follower)' : ''}`);
    out(`  ${id}  ${version}  ${roles.join(', ')}`);
  }
  return 0;
}

async function describe(
  { network, journal, queue, pause, windows, sponsorships }: ConnectedNetwork,
  nowMs: number,
) {
  const [counts, oldestMs, closed, paused, jobs, window, pendingIds, wallet] = await Promise.all([
    journal.counts(network),
    journal.oldestPendingMs(network),
    pause.read(),
    queue.isPaused(),
    queue.counts(),
    windows.read(),
    journal.pending(network),
    describeWallet(sponsorships),
  ]);
  const readings = await journal.readMany(network, pendingIds);
  const settlements = settlementsIn(readings);
  const states = Object.fromEntries(
    SETTLEMENT_STATES.flatMap((state) => {
      const count = settlements.filter((settlement) => settlement.state === state).length;
      return count === 0 || state === 'confirmed' ? [] : [[state, count] as const];
    }),
  );
  return {
    network,
    at: isoTime(nowMs),
    pause: closed === undefined ? null : { ...closed, since: isoTime(closed.sinceMs) },
    pending: counts.pending,
    watched: counts.watched,
    states,
    unreadable: readings.flatMap((reading) => (reading.ok ? [] : [reading.error])),
    oldestPendingAt: oldestMs === undefined ? null : isoTime(oldestMs),
    queue: {
      paused,
      waiting: jobs.waiting ?? 0,
      active: jobs.active ?? 0,
      delayed: jobs.delayed ?? 0,
      completed: jobs.completed ?? 0,
      failed: jobs.failed ?? 0,
    },
    chain: (window.ok ? window.value.at(-1) : undefined) ?? null,
    ...(window.ok ? {} : { chainUnreadable: window.error }),
    wallet,
  };
}

function wordsOf(pause: (Pause & { readonly since: string }) | null, queuePaused: boolean): string {
  const queue = queuePaused ? 'the submit queue is paused' : 'the submit queue runs';
  if (pause === null) return queuePaused ? `open, but ${queue}` : 'open';
  const reason = pause.reason === undefined ? '' : ` (${pause.reason})`;
  return `${pause.mode} since ${pause.since}${reason}; ${queue}`;
}
