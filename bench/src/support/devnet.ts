import type { Stack } from '@x402-facilitator/tools/stack';

type Devnet = Pick<Stack, 'devnet'>;

/** Asks the devnet's control API where the stack's own client says less than is needed. */
export async function askDevnet({ devnet }: Devnet, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${devnet.controlUrl}${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`devnet: ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Requests that the devnet has answered as a provider, by operation. */
export async function readProviderCalls(stack: Devnet): Promise<Readonly<Record<string, number>>> {
  const { operations } = (await askDevnet(stack, '/requests')) as { operations: Record<string, number> };
  return operations;
}
