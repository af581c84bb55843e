import { setTimeout as sleep } from 'node:timers/promises';

/** What `GET /status/:transaction` answers, as far as the demo shows it. */
export type SettlementStatus = {
  readonly status: 'pending' | 'confirmed' | 'failed' | 'not_found';
  readonly state: string | null;
  readonly confirmations: number | null;
  readonly required: number | null;
  readonly block: { readonly hash: string; readonly height: number; readonly slot: number } | null;
  readonly attempts: number;
  readonly queuedAt: string | null;
  readonly submittedAt: string | null;
  readonly settledAt: string | null;
  readonly errorReason: string | null;
  readonly errorMessage: string | null;
};

const LOOK_EVERY_MS = 20;
const LONG_POLL_SECONDS = 20;

export async function readSettlement(
  apiUrl: string,
  transaction: string,
  { waitSeconds, signal }: { readonly waitSeconds?: number; readonly signal?: AbortSignal } = {},
): Promise<SettlementStatus> {
  const query = waitSeconds === undefined ? '' : `?wait=${waitSeconds}`;
  const response = await fetch(
    `${apiUrl}/status/${transaction}${query}`,
    signal === undefined ? {} : { signal },
  );
  if (!response.ok && response.status !== 404) {
    throw new Error(`GET /status/${transaction} answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as SettlementStatus;
}

/**
 * Every state that a settlement is seen in, from its claim to its end: looks until the claim is there, then long-polls for
 * each change.
 */
export async function* followSettlement(
  apiUrl: string,
  transaction: string,
  signal: AbortSignal,
): AsyncGenerator<SettlementStatus> {
  let latest = await readSettlement(apiUrl, transaction, { signal });
  while (latest.status === 'not_found') {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    latest = await readSettlement(apiUrl, transaction, { signal });
  }
  yield latest;
  while (latest.status === 'pending') {
    latest = await readSettlement(apiUrl, transaction, { waitSeconds: LONG_POLL_SECONDS, signal });
    yield latest;
  }
}
