/** Where a devnet listens. */
export type DevnetAddress = { readonly url: string; readonly controlUrl: string };

/** Asks the devnet's control API for what the stack's own client does not tell. */
export async function askDevnet(
  { controlUrl }: DevnetAddress,
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${controlUrl}${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`devnet: ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** How many requests the devnet has answered as a provider, by operation. */
export async function readProviderCalls(devnet: DevnetAddress): Promise<Readonly<Record<string, number>>> {
  const { operations } = (await askDevnet(devnet, '/requests')) as { operations: Record<string, number> };
  return operations;
}
