import type { FailedJob, WorkerHeartbeat } from '@x402-facilitator/journal';
import {
  age,
  type NetworkReport,
  type WalletReport,
  wordsOfBacklog,
  wordsOfUnreadable,
} from '@x402-facilitator/shared/operations';
import type { HealthResponse } from '@x402-facilitator/shared/wire';
import { type Html, html, timeOf } from '../../html/index.js';
import { layout } from './layout.js';
import { table, terms } from './parts.js';
import { settlementsLink } from './settlements.js';

export type Overview = {
  readonly operator: string;
  readonly nowMs: number;
  readonly health: HealthResponse;
  readonly networks: readonly (NetworkReport & { readonly failures: readonly FailedJob[] })[];
  readonly workers: readonly WorkerHeartbeat[];
};

/** Whether it settles, and what stands in the way if not. */
export function renderOverviewPage({ operator, nowMs, health, networks, workers }: Overview): string {
  const { redis } = health.dependencies;
  return layout({
    title: 'Overview',
    operator,
    content: html`<p>It is ${mark(health.status === 'healthy', health.status)} at ${timeOf(nowMs)}. <a href="/admin">Look again</a></p>
<form method="get" action="/admin/search" role="search" class="row">
<label for="search">Transaction id or payer’s address</label>
<input id="search" name="for" required maxlength="256">
<button>Search</button>
</form>
${networks.map((network) => renderNetwork(network, health, nowMs))}
<section aria-labelledby="redis">
<h2 id="redis">Redis</h2>
<p>${mark(redis.status === 'up', redis.message ?? `up, answers in ${redis.latencyMs} ms`)}</p>
</section>
<section aria-labelledby="workers">
<h2 id="workers">Workers</h2>
${
  workers.length === 0
    ? html`<p>${mark(false, 'no worker has been seen lately: nothing is settled')}</p>`
    : table(
        ['Worker', 'Version', 'For', 'Networks'],
        workers.map(({ id, version, startedAtMs, networks: served }) => [
          html`<code>${id}</code>`,
          version,
          age(nowMs - startedAtMs),
          served
            .map(({ network, isFollower }) => `${network}${isFollower ? ' (follows the chain)' : ''}`)
            .join(', '),
        ]),
      )
}
</section>`,
  });
}

function renderNetwork(network: Overview['networks'][number], health: HealthResponse, nowMs: number): Html {
  const {
    network: name,
    pending,
    watched,
    states,
    oldestPendingAt,
    queue,
    chain,
    unreadable,
    wallet,
    archive,
  } = network;
  const providers = health.dependencies.chain[name]?.providers ?? [];
  const inStates = Object.entries(states).map(
    ([state, count]) => html`<a href="${settlementsLink({ network: name, state })}">${state} ${count}</a> `,
  );
  return html`<section aria-labelledby="${name}">
<h2 id="${name}">${name}</h2>
${renderPause(network)}
${terms([
  ['Pending', html`${pending} ${inStates}`],
  [
    'Oldest pending',
    oldestPendingAt === null ? undefined : html`for ${age(nowMs - Date.parse(oldestPendingAt))}`,
  ],
  ['Confirmed, watched for a rollback', html`${watched}`],
  [
    'Jobs',
    html`waiting ${queue.waiting}, active ${queue.active}, delayed ${queue.delayed}, failed ${queue.failed}`,
  ],
  [
    'Chain',
    chain === null
      ? html`nothing followed yet`
      : html`followed up to block ${chain.height}, slot ${chain.slot}`,
  ],
  ['Archive', archive === null ? undefined : html`${wordsOfBacklog(archive, nowMs)}`],
  ['Unreadable', unreadable.length === 0 ? undefined : mark(false, wordsOfUnreadable(unreadable))],
])}
${wallet === null ? undefined : renderWallet(wallet)}
<h3>Providers of ${name}</h3>
${table(
  ['Provider', 'State', 'Answers in', 'Budget'],
  providers.map(({ name: provider, state, latencyMs, budget }) => [
    provider,
    mark(state === 'up', state),
    latencyMs === null ? '' : `${latencyMs} ms`,
    budget === undefined
      ? ''
      : mark(
          budget.status === 'open',
          budget.leftToday === null
            ? budget.status
            : `${budget.status}, ${budget.leftToday} calls left today`,
        ),
  ]),
)}
${network.failures.length === 0 ? undefined : renderFailures(network)}
</section>`;
}

function renderPause({ network, pause, queue }: NetworkReport): Html {
  if (pause === null && !queue.paused)
    return html`<p>${mark(true, 'open')}: it takes new settlements and sends them.</p>
<form method="post" action="/admin/pause" class="row">
<input type="hidden" name="network" value="${network}">
<label for="reason-${network}">Reason for callers and colleagues</label>
<input id="reason-${network}" name="reason" required maxlength="200">
<button>Pause ${network}</button>
</form>`;
  const reason = pause?.reason === undefined ? '' : ` (${pause.reason})`;
  return html`<p>${mark(false, pause === null ? 'open, but nothing is sent' : pause.mode)}${
    pause === null ? undefined : html` since ${timeOf(Date.parse(pause.since))}${reason}`
  }. ${queue.paused ? 'The queue stands still: what waits is not sent.' : 'What was accepted is still sent.'}</p>
<form method="post" action="/admin/resume" class="row">
<input type="hidden" name="network" value="${network}">
<button>Resume ${network}</button>
</form>`;
}

function renderWallet({ address, breaker, pool, books, booksUnreadable }: WalletReport): Html {
  return html`<h3>Sponsoring wallet</h3>
${terms([
  ['Address', address === null ? undefined : html`<code>${address}</code>`],
  ['Pool', html`free ${pool.free}, reserved ${pool.reserved}, on its way ${pool.bound}`],
  ['Lends', breaker === null ? mark(true, 'yes') : mark(false, `no: ${breaker}`)],
  [
    'Spent, lovelace',
    books === null
      ? mark(false, `the books cannot be read: ${booksUnreadable}`)
      : html`${Object.entries(books).map(([name, value]) => html`${name} ${value} `)}`,
  ],
])}`;
}

function renderFailures({ network, failures }: Overview['networks'][number]): Html {
  return html`<h3>Jobs of ${network} that failed last</h3>
<p class="quiet">A settlement whose job failed is looked at again by itself.</p>
${table(
  ['Time', 'Transaction', 'Reason'],
  failures.map(({ id, reason, atMs }) => [
    atMs === undefined ? '' : timeOf(atMs),
    html`<a href="/admin/settlements/${id}"><code>${id}</code></a>`,
    html`<bdi>${reason}</bdi>`,
  ]),
)}`;
}

/** Words and a colour: never a colour alone. */
function mark(isGood: boolean, words: string): Html {
  return html`<strong class="${isGood ? 'good' : 'bad'}">${words}</strong>`;
}
