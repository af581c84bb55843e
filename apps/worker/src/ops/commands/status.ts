import {
  age,
  describeNetwork,
  type NetworkReport,
  walletLines,
  wordsOfBacklog,
  wordsOfUnreadable,
} from '@x402-facilitator/shared/operations';
import type { CommandContext, JsonOption } from '../command.js';

/** `ops status`: answers "does it make progress, and if not, why?" */
export async function status(
  { networks: served, presence, out, now }: CommandContext,
  { json }: JsonOption,
): Promise<number> {
  const networks = await Promise.all(served.map((network) => describeNetwork(network, now())));
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
    if (one.archive !== null) out(`  archive    ${wordsOfBacklog(one.archive, now())}`);
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

function wordsOf(pause: NetworkReport['pause'], queuePaused: boolean): string {
  const queue = queuePaused ? 'the submit queue is paused' : 'the submit queue runs';
  if (pause === null) return queuePaused ? `open, but ${queue}` : 'open';
  const reason = pause.reason === undefined ? '' : ` (${pause.reason})`;
  return `${pause.mode} since ${pause.since}${reason}; ${queue}`;
}
