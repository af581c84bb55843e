import type { AssetId, ChainOutput, OutRefKey } from '@x402-facilitator/cardano';
import { outRefKey } from '@x402-facilitator/cardano';
import type { ChannelBend, ChannelDraft, Redeemed } from '../../support/channels/draft.js';
import { claim, opening, refund, topUp, voucher } from '../../support/channels/drafts.js';
import { outputSpec, signIou } from '../../support/channels/outputs.js';
import type { OutputSpec, TransactionSpec } from '../../support/transaction-builder.js';

/** A good request of each kind. */
export const DRAFTS = {
  opening,
  topUp,
  voucher,
  refund: (currency: AssetId) => refund(currency),
  claim: (currency: AssetId) => claim(currency),
} as const satisfies Record<string, (currency: AssetId) => ChannelDraft>;

export type ChannelKind = keyof typeof DRAFTS;
export const KINDS = Object.keys(DRAFTS) as readonly ChannelKind[];
/** What a buyer sends. */
export const BUYER_KINDS: readonly ChannelKind[] = ['opening', 'topUp', 'voucher', 'refund'];
/** What has a transaction. */
export const TRANSACTION_KINDS: readonly ChannelKind[] = ['opening', 'topUp', 'refund', 'claim'];

/** A situation and what must be said of it. Each is tried in ADA and in a token. */
export type ChannelCase = {
  readonly kind: ChannelKind;
  /** The name of the rule that it is about. */
  readonly rule: string;
  readonly situation: string;
  readonly expect: 'accepted' | string;
  /** What the message must name, where the code alone could mean something else. */
  readonly because?: string;
  readonly bend: ChannelBend;
  /** Where only channels of this currency can be in the situation. */
  readonly only?: 'ada' | 'token';
};

type Expectation = Pick<ChannelCase, 'rule' | 'expect'> &
  Pick<Partial<ChannelCase>, 'because' | 'only'> & {
    readonly kinds: ChannelKind | readonly ChannelKind[];
  };

/** Cases of one rule and outcome, by situation. */
export function cases(
  { kinds, ...expectation }: Expectation,
  situations: Readonly<Record<string, ChannelBend>>,
): ChannelCase[] {
  return [kinds]
    .flat()
    .flatMap((kind) =>
      Object.entries(situations).map(([situation, bend]) => ({ ...expectation, kind, situation, bend })),
    );
}

// ---- Bends -----------------------------------------------------------------------------------------------------------

type Fields = Readonly<Record<string, unknown>>;

export const same: ChannelBend = (draft) => draft;

export function bends(...all: readonly ChannelBend[]): ChannelBend {
  return (draft) => all.reduce((bent, bend) => bend(bent), draft);
}

export function required(changes: Fields): ChannelBend {
  return (draft) => ({ ...draft, requirements: { ...draft.requirements, ...changes } });
}

export function extra(changes: Fields): ChannelBend {
  return (draft) => required({ extra: { ...(draft.requirements.extra as Fields), ...changes } })(draft);
}

export function accepting(changes: Fields): ChannelBend {
  return (draft) => ({ ...draft, accepted: { ...draft.accepted, ...changes } });
}

export function withPolicy(policy: NonNullable<ChannelDraft['policy']>): ChannelBend {
  return (draft) => ({ ...draft, policy: { ...draft.policy, ...policy } });
}

export function payload(bend: (fields: Fields) => Fields): ChannelBend {
  return (draft) => ({ ...draft, payload: (transaction) => bend(draft.payload(transaction)) });
}

/** Fields of an object in the payload. */
export function within(name: string, changes: Fields): ChannelBend {
  return payload((fields) => ({ ...fields, [name]: { ...(fields[name] as Fields), ...changes } }));
}

export const config = (changes: Fields): ChannelBend => within('channelConfig', changes);
export const voucherFields = (changes: Fields): ChannelBend => within('voucher', changes);

/** A voucher of another amount, signed. */
export function promising(amount: bigint): ChannelBend {
  return payload((fields) => {
    const before = fields.voucher as { readonly channelId: string };
    const signature = signIou(before.channelId, amount);
    return { ...fields, voucher: { ...before, maxClaimableAmount: `${amount}`, signature } };
  });
}

/** A voucher of another channel, signed. */
export function naming(channelId: string): ChannelBend {
  return payload((fields) => {
    const before = fields.voucher as { readonly maxClaimableAmount: string };
    const signature = signIou(channelId, BigInt(before.maxClaimableAmount));
    return { ...fields, voucher: { ...before, channelId, signature } };
  });
}

type Transaction = NonNullable<ChannelDraft['transaction']>;

function transaction(bend: (transaction: Transaction, draft: ChannelDraft) => Transaction): ChannelBend {
  return (draft) =>
    draft.transaction === undefined ? draft : { ...draft, transaction: bend(draft.transaction, draft) };
}

export function spec(bend: (spec: TransactionSpec, draft: ChannelDraft) => TransactionSpec): ChannelBend {
  return transaction((before, draft) => ({ ...before, spec: bend(before.spec, draft) }));
}

export function body(fields: NonNullable<TransactionSpec['body']>): ChannelBend {
  return spec((before) => ({ ...before, body: { ...before.body, ...fields } }));
}

export function encoded(encode: NonNullable<Transaction['encode']>): ChannelBend {
  return transaction((before) => ({ ...before, encode }));
}

/** Other redeemers, by place. */
export function redeemedBy(bend: (redeemed: readonly Redeemed[]) => readonly Redeemed[]): ChannelBend {
  return transaction((before) => ({ ...before, redeemed: bend(before.redeemed) }));
}

/** Another first output: the channel's, where one is made or continued. */
export function firstOutput(bend: (draft: ChannelDraft) => ChainOutput | OutputSpec): ChannelBend {
  return spec((before, draft) => {
    const made = bend(draft);
    const written = 'outRef' in made ? outputSpec(made) : made;
    return { ...before, outputs: [written, ...before.outputs.slice(1)] };
  });
}

/** The first output with some of its fields changed. */
export function firstFields(
  bend: (output: Exclude<OutputSpec, Uint8Array>, draft: ChannelDraft) => OutputSpec,
): ChannelBend {
  return spec((before, draft) => {
    const [first, ...others] = before.outputs;
    if (first === undefined || first instanceof Uint8Array)
      throw new Error('expected an output by its fields');
    return { ...before, outputs: [bend(first, draft), ...others] };
  });
}

/** One more output at the end. */
export function alsoPaying(output: ChainOutput): ChannelBend {
  return spec((before) => ({ ...before, outputs: [...before.outputs, outputSpec(output)] }));
}

/** What is unspent is spent, was never made, or cannot be looked up. */
export function gone(how: 'spent' | 'missing' | 'hidden', at = -1): ChannelBend {
  return (draft) => {
    const output = draft.unspent.at(at);
    if (output === undefined) throw new Error('expected an output');
    const key: OutRefKey = outRefKey(output.outRef);
    const unspent = draft.unspent.filter((other) => other !== output);
    if (how === 'spent') return { ...draft, unspent, spent: [output] };
    return how === 'missing' ? { ...draft, unspent } : { ...draft, unspent, hidden: [key] };
  };
}
