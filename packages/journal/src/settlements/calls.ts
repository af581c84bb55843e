import { createHash } from 'node:crypto';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Settlement } from './settlement.js';

/** Who makes a call, and the names that it gives. Two calls of one caller for one payment under one name are one call, repeated. */
export type Call = {
  /** The name of its key, or its address. Two callers may use one name for different payments. */
  readonly caller: string;
  /** The name of its key; absent for a caller without one. */
  readonly keyName?: string | undefined;
  /** The seller's name for its operation: the header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
  /** The buyer's name for its payment: the extension `payment-identifier`. */
  readonly paymentIdentifier?: string | undefined;
  /** Whether a call that is made again gets the success again, because its seller delivers once for each payment. */
  readonly redemption: 'once' | 'resume';
};

/** A name that a caller gives. It stands for one payment. */
export type CallName = 'idempotencyKey' | 'paymentIdentifier';

/** What a name stands for. */
export type NamedPayment = {
  readonly network: Network;
  readonly txHash: TxHash;
  /** Of its settlement. */
  readonly binding: string;
};

/** The names of a call, and the Redis keys that say what each stands for. */
export function namesOf(
  call: Call | undefined,
): readonly { readonly name: CallName; readonly key: string }[] {
  if (call === undefined) return [];
  const { caller, idempotencyKey, paymentIdentifier } = call;
  return [
    ...(idempotencyKey === undefined
      ? []
      : [{ name: 'idempotencyKey', key: keyOf([caller, idempotencyKey]) } as const]),
    ...(paymentIdentifier === undefined
      ? []
      : [
          {
            name: 'paymentIdentifier',
            key: keyOf(['payment-identifier', caller, paymentIdentifier]),
          } as const,
        ]),
  ];
}

/** What Redis holds for a name. */
export function standsFor({ network, txHash, binding }: NamedPayment): string {
  return `${network} ${txHash} ${binding}`;
}

/** How a success remembers the call that it was handed to. */
export function handedTo(call: Call | undefined) {
  const { idempotencyKey, paymentIdentifier, caller, keyName } = call ?? {};
  return {
    key: idempotencyKey ? digestOf(idempotencyKey) : '',
    caller: digestOf(caller ?? ''),
    /** A stranger's address is left out: one seller may have many. */
    collector: digestOf(JSON.stringify([keyName === undefined ? null : caller, paymentIdentifier ?? null])),
  };
}

/** A call as it counts for a settlement: no goods hang on a claim or a refund, so its success is had again. */
export function callOn({ kind }: Pick<Settlement, 'kind'>, call: Call): Call {
  return kind === 'claim' || kind === 'refund' ? { ...call, redemption: 'resume' } : call;
}

/** True when the success of a settlement would be handed out again to this call, whatever its `Idempotency-Key` is. */
export function isResumable(settlement: Pick<Settlement, 'deliveredTo' | 'kind'>, call: Call): boolean {
  const { deliveredTo } = settlement;
  const counted = callOn(settlement, call);
  return (
    counted.redemption === 'resume' &&
    (deliveredTo === undefined || deliveredTo === handedTo(counted).collector)
  );
}

/** A name may be long, and may be a secret: its digest is enough to compare. */
function keyOf(names: readonly string[]): string {
  return `{x402}:journal:idempotency:${digestOf(JSON.stringify(names))}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
