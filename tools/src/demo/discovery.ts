import { HTTPFacilitatorClient } from '@x402/core/http';
import { withBazaar } from '@x402/extensions/bazaar';
import { waitUntil } from '../processes/index.js';
import { formatMoney, type Places } from './payment.js';
import type { Terminal } from './terminal.js';

/** The demo's shop is on this machine, which a catalogue in production does not list. */
export const DISCOVERY = { X402_DISCOVERY__ENABLED: 'true', X402_DISCOVERY__ALLOW_LOCAL: 'true' } as const;

type Status = { readonly reason?: { readonly code: string; readonly message: string } };

/**
 * Finds what was paid for by the public extension's own client, and asks why another resource is not listed.
 *
 * @throws Error when the catalogue does not say so
 */
export async function showDiscovery({ apiUrl, paywallUrl }: Places, terminal: Terminal): Promise<void> {
  const { bazaar } = withBazaar(new HTTPFacilitatorClient({ url: apiUrl })).extensions;
  const found = await waitUntil(
    async () => {
      const { items } = await bazaar.listResources({ type: 'http' });
      return items.find(({ resource }) => resource === `${paywallUrl}/weather`);
    },
    { what: 'the paid /weather to be listed' },
  );
  const [price] = found.accepts;
  const money = price === undefined ? '' : formatMoney(price.asset, price.amount);
  terminal.step('found', `${found.resource}, ${money}: ${found.description ?? ''}`);
  const url = `${paywallUrl}/report`;
  const answer = await fetch(`${apiUrl}/discovery/status?resource=${encodeURIComponent(url)}`);
  const { reason } = (await answer.json()) as Status;
  if (reason === undefined) throw new Error(`Expected why ${url} is not listed, found ${answer.status}`);
  terminal.step('not listed', `${url} (${reason.code})`);
  terminal.note(reason.message);
}
