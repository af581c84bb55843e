/** What a process says of itself on its metrics endpoint: the values of series without labels, by name. */
export async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name = '', value = ''] = /^([a-z_0-9]+) ([0-9.e+-]+)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, Number(value)] as const];
    }),
  );
}

/** How late the event loop was since the last scrape, in milliseconds: Node measures it, and a scrape begins anew. */
export type EventLoopDelay = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

export async function scrapeEventLoopDelay(metricsUrl: string): Promise<EventLoopDelay> {
  const metrics = await scrape(metricsUrl);
  const ms = (name: string) =>
    Math.round((metrics.get(`nodejs_eventloop_lag_${name}_seconds`) ?? 0) * 1e4) / 10;
  return { p50Ms: ms('p50'), p99Ms: ms('p99'), maxMs: ms('max') };
}
