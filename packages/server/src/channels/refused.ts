import type { SettleResponse, VerifyResponse } from '@x402/core/types';

/** What `@x402/core` is told of a request that is not served. */
export type Refused = { readonly abort: true; readonly reason: string; readonly message?: string };
/** What it is told in place of asking the facilitator. */
export type Passed = { readonly skip: true; readonly result: VerifyResponse };
export type Settled = { readonly skip: true; readonly result: SettleResponse };

export function refused(reason: string, message: string): Refused {
  return { abort: true, reason, message };
}
