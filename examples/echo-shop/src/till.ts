import {
  type ChainReader,
  type CostParameters,
  type Keys,
  leastReturnable,
  type PaidOutput,
  type SignedReturn,
  signReturn,
  type WalletOutput,
  whoPaid,
} from '@x402-facilitator/client';
import { LRUCache } from 'lru-cache';
import { createRate } from './rate.js';

/** What became of a payment. */
export type ReturnState =
  | { readonly state: 'waiting'; readonly why: string }
  | { readonly state: 'sent'; readonly transaction: string; readonly to: string }
  | { readonly state: 'returned'; readonly transaction: string; readonly to: string }
  /** It does not come back. */
  | { readonly state: 'kept'; readonly why: string };

/** A token that is sold for, and the shop's own ADA, which pays the fee of its return. */
export type Float = { readonly keys: Keys; readonly asset: string; readonly amount: bigint };

export type TillOptions = {
  readonly chain: ChainReader;
  /** Of the till's own: whatever comes to its address goes back. */
  readonly keys: Keys;
  readonly float?: Float | undefined;
  /** How many blocks are on top of a payment's block before it goes back. */
  readonly confirmations: number;
  /** How many returns the float pays for one payer in an hour. */
  readonly perHour: number;
  readonly now?: () => number;
  readonly log?: (event: Readonly<Record<string, unknown>>, message: string) => void;
};

export type Till = {
  readonly address: string;
  /** Looks at the till once, and sends back what is there. Rejects while the chain cannot be read: the next round goes on. */
  round(): Promise<void>;
  /** The payments that a transaction made, as far as this process has seen them. */
  statesOf(txHash: string): readonly ReturnState[];
  /** The float's ADA at the last round. */
  floatLovelace(): bigint;
  /** The least price in lovelace that can go back: less the fee it must still be enough for an output at the usual address. */
  leastPrice(): Promise<bigint>;
};

/** A payment on its way back, or not yet. */
type Waiting = {
  readonly output: WalletOutput;
  paid?: PaidOutput;
  why: string;
  retryAtMs: number;
  /** It goes back in a transaction of its own, because one with others was refused. */
  alone: boolean;
};
type Ready = Waiting & { readonly paid: PaidOutput; readonly isOnFloat: boolean };
type Sent = SignedReturn & { readonly payments: readonly Ready[] };

const VALID_FOR_MS = 300_000;
const RETRY_MS = 20_000;
/** A transaction of so many fits into a block with room to spare. */
const MOST_AT_ONCE = 40;
/** What strangers send costs look-ups: so many in a round, and the rest in the next ones. */
const MOST_LOOKUPS = 100;
const REMEMBERED = 10_000;

const nameOf = ({ outRef }: Pick<WalletOutput, 'outRef'>) => `${outRef.txHash}#${outRef.index}`;

/**
 * Pays back whatever comes to the till's address. It keeps no book: what is at the address was not paid back, and what was is not there.
 * A return spends the very output that paid. So it cannot be made twice, by whatever process and after whatever crash, and it cannot be
 * on a chain where its payment is not.
 */
export function openTill(options: TillOptions): Till {
  const { chain, keys, float, confirmations, now = Date.now, log = () => undefined } = options;
  const isAdmitted = createRate(options.perHour, now);
  const waiting = new Map<string, Waiting>();
  const ended = new LRUCache<string, ReturnState>({ max: REMEMBERED });
  const outputsOf = new LRUCache<string, Set<string>>({ max: REMEMBERED });
  let sent: readonly Sent[] = [];
  let floatLovelace = 0n;

  const end = (name: string, state: ReturnState) => {
    waiting.delete(name);
    ended.set(name, state);
    log({ payment: name, ...state }, `a payment is ${state.state}`);
  };
  const postpone = (each: Waiting, why: string, waitMs = RETRY_MS) => {
    each.why = why;
    each.retryAtMs = now() + waitMs;
  };

  /** Returns on their way: those that a block holds are done, the others are sent again as they are until their time is up. */
  async function follow(listed: ReadonlySet<string>, slot: number): Promise<void> {
    const open: Sent[] = [];
    for (const each of sent) {
      const there = each.payments.filter((payment) => listed.has(nameOf(payment.output)));
      if (there.length === 0) {
        if (!(await conclude(each)) && slot < each.ttl) open.push(each);
      } else if (there.length === each.payments.length && slot < each.ttl) {
        open.push(each);
        await chain.submit?.(each.bytes);
      }
    }
    sent = open;
  }

  /** Whether all of it is in a block: by this return, or by an earlier one of this shop. Or its payment has left the chain. */
  async function conclude({ txHash, payments }: Sent): Promise<boolean> {
    const isIncluded = (await chain.transaction(txHash)) !== undefined;
    let open = payments.length;
    for (const { output, paid } of payments) {
      const by = isIncluded ? txHash : await chain.spenderOf(output.outRef);
      if (by === undefined) continue;
      open -= 1;
      end(nameOf(output), { state: 'returned', transaction: by, to: paid.payer });
    }
    return open === 0;
  }

  /** What can go back now, with the payer of each. */
  async function judge(
    each: Waiting,
    height: number,
    parameters: CostParameters,
  ): Promise<Ready | undefined> {
    const name = nameOf(each.output);
    if (each.paid === undefined) {
      const found = await whoPaid(chain, each.output.outRef);
      if (!found.ok && found.error.kind === 'cannot be paid back')
        end(name, { state: 'kept', why: found.error.why });
      else if (!found.ok) postpone(each, 'its block is not known yet', 0);
      else each.paid = found.value;
    }
    const { paid } = each;
    if (paid === undefined) return undefined;
    const { output, payer } = paid;
    const blocks = height - paid.height;
    if (blocks < confirmations) {
      postpone(each, `${Math.max(blocks, 0)} of ${confirmations} blocks are on top of it`, 0);
      return undefined;
    }
    if (payer === keys.address || payer === float?.keys.address) {
      end(name, { state: 'kept', why: 'the shop paid it' });
      return undefined;
    }
    if (output.lovelace >= leastReturnable({ ...output, to: payer }, parameters))
      return { ...each, paid, isOnFloat: false };
    const isSold = [...output.assets].some(
      ([asset, amount]) => asset === float?.asset && amount >= float.amount,
    );
    if (!isSold)
      end(name, { state: 'kept', why: 'less than its return costs: the fee, and what an output must hold' });
    else if (!isAdmitted(payer, name))
      postpone(each, `its payer had ${options.perHour} returns of tokens in this hour`);
    else return { ...each, paid, isOnFloat: true };
    return undefined;
  }

  async function send(payments: readonly Ready[], own: readonly WalletOutput[], parameters: CostParameters) {
    const held = new Set(sent.flatMap(({ inputs }) => inputs as readonly string[]));
    const outputs = own.filter((output) => !held.has(nameOf(output)));
    const signed = await signReturn({
      network: chain.network,
      keys,
      parameters,
      validToMs: now() + VALID_FOR_MS,
      payments: payments.map(({ paid }) => ({ output: paid.output, to: paid.payer })),
      float: float && payments.some(({ isOnFloat }) => isOnFloat) ? { keys: float.keys, outputs } : undefined,
    });
    const refused = (why: string) => {
      for (const { output } of payments) {
        const each = waiting.get(nameOf(output));
        if (each === undefined) continue;
        postpone(each, why, payments.length > 1 ? 0 : RETRY_MS);
        each.alone = true;
      }
      log({ payments: payments.map(({ output }) => nameOf(output)), why }, 'a return was not taken');
    };
    if (!signed.ok)
      return refused(signed.error.kind === 'too large' ? 'too large' : 'the shop has no ADA for its fee now');
    // Before it is sent: whether the node has it is not known when the answer is lost.
    sent = [...sent, { ...signed.value, payments }];
    const answer = await chain.submit?.(signed.value.bytes);
    if (answer?.ok !== false) {
      log(
        {
          transaction: signed.value.txHash,
          payments: payments.length,
          feeLovelace: String(signed.value.feeLovelace),
        },
        'a return was sent',
      );
      return;
    }
    sent = sent.filter(({ txHash }) => txHash !== signed.value.txHash);
    refused(answer.error);
  }

  return {
    address: keys.address,
    floatLovelace: () => floatLovelace,
    statesOf(txHash) {
      const states = [...(outputsOf.get(txHash) ?? [])].map((name): ReturnState | undefined => {
        const by = sent.find(({ payments }) => payments.some(({ output }) => nameOf(output) === name));
        const to = by?.payments.find(({ output }) => nameOf(output) === name)?.paid.payer;
        if (by !== undefined && to !== undefined) return { state: 'sent', transaction: by.txHash, to };
        const open = waiting.get(name);
        return open === undefined ? ended.get(name) : { state: 'waiting', why: open.why };
      });
      return states.filter((state) => state !== undefined);
    },
    leastPrice: async () =>
      leastReturnable({ to: keys.address, assets: new Map() }, await chain.parameters()),
    async round() {
      const [listed, own, parameters, tip] = await Promise.all([
        chain.unspentOutputs(keys.address),
        float === undefined ? [] : chain.unspentOutputs(float.keys.address),
        chain.parameters(),
        chain.tip(),
      ]);
      floatLovelace = own.reduce((sum, { lovelace }) => sum + lovelace, 0n);
      const there = new Map(listed.map((output) => [nameOf(output), output]));
      await follow(new Set(there.keys()), tip.slot);
      const onTheirWay = new Set(
        sent.flatMap(({ payments }) => payments.map(({ output }) => nameOf(output))),
      );
      for (const name of waiting.keys()) if (!there.has(name)) waiting.delete(name);
      for (const [name, output] of there) {
        if (ended.get(name)?.state === 'kept' || waiting.has(name)) continue;
        waiting.set(name, { output, why: 'it was just seen', retryAtMs: 0, alone: false });
        const { txHash } = output.outRef;
        outputsOf.set(txHash, (outputsOf.get(txHash) ?? new Set()).add(name));
      }
      const due = [...waiting]
        .filter(([name, { retryAtMs }]) => !onTheirWay.has(name) && retryAtMs <= now())
        .slice(0, MOST_LOOKUPS);
      const ready: Ready[] = [];
      for (const [, each] of due) {
        const judged = await judge(each, tip.height, parameters);
        if (judged !== undefined) ready.push(judged);
      }
      const together = ready.filter(({ alone }) => !alone);
      for (let from = 0; from < together.length; from += MOST_AT_ONCE)
        await send(together.slice(from, from + MOST_AT_ONCE), own, parameters);
      for (const each of ready.filter(({ alone }) => alone)) await send([each], own, parameters);
    },
  };
}
