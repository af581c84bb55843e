import { SETTLEMENT_STATES, type Settlement, type UnreadableSettlement } from '@x402-facilitator/journal';
import { describeAmount, type Html, html, timeOf } from '../../html/index.js';
import { layout } from './layout.js';
import { table } from './parts.js';

/** Which settlements to show. */
export type Filter = {
  readonly network: string;
  readonly state?: string | undefined;
  readonly payer?: string | undefined;
  /** POSIX milliseconds. */
  readonly newest?: number | undefined;
};

/** The settlements of the last day, newest first. */
export function renderSettlementsPage({
  operator,
  networks,
  filter,
  settlements,
  unreadable,
  nextMs,
}: {
  readonly operator: string;
  readonly networks: readonly string[];
  readonly filter: Filter;
  readonly settlements: readonly Settlement[];
  readonly unreadable: readonly UnreadableSettlement[];
  readonly nextMs: number | undefined;
}): string {
  const option = (value: string, chosen: string | undefined, words = value): Html =>
    html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${words}</option>`;
  return layout({
    title: 'Settlements',
    operator,
    content: html`<form method="get" action="/admin/settlements" class="row">
<label for="network">Network</label>
<select id="network" name="network">${networks.map((network) => option(network, filter.network))}</select>
<label for="state">State</label>
<select id="state" name="state">${option('', filter.state, 'any')}${SETTLEMENT_STATES.map((state) => option(state, filter.state))}</select>
<label for="payer">Payer’s address</label>
<input id="payer" name="payer" value="${filter.payer}" maxlength="256">
<button>Show</button>
</form>
<p class="quiet">Those that were accepted in the last 24 hours, newest first. Older ones are found by their transaction id while they are kept.</p>
${settlements.length === 0 ? html`<p>None.</p>` : renderTable(settlements)}
${unreadable.map(({ txHash, reason }) => html`<p class="bad">${txHash} cannot be read: ${reason}</p>`)}
${nextMs === undefined ? undefined : html`<p><a href="${settlementsLink({ ...filter, newest: nextMs })}">Older ones</a></p>`}`,
  });
}

/** The page that shows them. */
export function settlementsLink(filter: Filter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter))
    if (value !== undefined && value !== '') query.set(name, String(value));
  return `/admin/settlements?${query}`;
}

function renderTable(settlements: readonly Settlement[]): Html {
  return table(
    ['Accepted', 'State', 'Amount', 'Transaction', 'Payer', 'Attempts', 'Reason'],
    settlements.map((settlement) => [
      timeOf(settlement.queuedAtMs),
      settlement.state,
      describeAmount(settlement.asset, settlement.amount),
      html`<a href="/admin/settlements/${settlement.txHash}"><code>${settlement.txHash.slice(0, 16)}…</code></a>`,
      html`<a href="${settlementsLink({ network: settlement.network, payer: settlement.payer })}"><code>${settlement.payer.slice(0, 20)}…</code></a>`,
      settlement.attempts,
      settlement.errorReason ?? '',
    ]),
  );
}
