import { isoTime } from '@x402-facilitator/shared/wire';
import type { CommandContext, JsonOption } from '../command.js';
import { UsageError } from '../errors.js';

type HostOption = { readonly host?: boolean };

/** `ops discovery delist`: hides a URL, or all of a host, whatever is paid for it. */
export async function delist(
  { discovery, out, now }: CommandContext,
  url: URL,
  { reason, host }: HostOption & { readonly reason: string },
): Promise<number> {
  const target = targetOf(url, host);
  await discovery.delist(target, { reason, atMs: now() });
  out(`${target}: delisted within seconds, until \`ops discovery allow\``);
  return 0;
}

/** `ops discovery allow`: shows it again. */
export async function relist(
  { discovery, out }: CommandContext,
  url: URL,
  { host }: HostOption,
): Promise<number> {
  const target = targetOf(url, host);
  const isDone = await discovery.allow(target);
  out(`${target}: ${isDone ? 'allowed again' : 'was not delisted'}`);
  return 0;
}

/** `ops discovery list`: what is listed, and what was delisted or withdrawn. */
export async function listDiscovery(
  { discovery, out }: CommandContext,
  { json }: JsonOption,
): Promise<number> {
  const { settledAtMs, withdrawn, delisted } = await discovery.readIndex();
  const stored = await discovery.readMany([...settledAtMs.keys()]);
  const listings = stored.map(({ id, url, network, payTo }) => ({
    url,
    network,
    payTo,
    lastSettledAt: isoTime(settledAtMs.get(id)),
    withdrawnAt: isoTime(withdrawn.get(id)),
  }));
  const delistings = [...delisted].map(([target, { reason, atMs }]) => ({
    target,
    reason,
    at: isoTime(atMs),
  }));
  if (json === true) {
    out(JSON.stringify({ listings, delistings }));
    return 0;
  }
  out(`${listings.length} stored, ${delistings.length} delisted`);
  for (const { url, network, payTo, lastSettledAt, withdrawnAt } of listings)
    out(
      `${url} on ${network}: paid ${lastSettledAt} to ${payTo}${withdrawnAt === null ? '' : '; withdrawn'}`,
    );
  for (const { target, reason, at } of delistings) out(`delisted ${at}: ${target}: ${reason}`);
  return 0;
}

/** As it is listed: without query and fragment. */
function targetOf({ origin, pathname }: URL, host: boolean | undefined): string {
  return host === true ? origin : `${origin}${pathname}`;
}

export function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`expected a URL such as https://shop.example/data, found "${text}"`);
}
