import type { Stage } from '@x402-facilitator/cardano/channels';
import type { Slot } from '@x402-facilitator/cardano/ledger';
import { slotAt } from '../chain/index.js';
import { heldBy, recordedTransaction } from './deposits.js';
import { seenOnChain } from './pay.js';
import { positionOf } from './position.js';
import type { ChannelRecord } from './record.js';
import { type Context, recordOf } from './settings.js';
import { type BuiltSpend, closeOf, type Found, leaveOf } from './spends.js';

/** How far a buyer has come in leaving a channel without its seller. */
export type Left =
  /** A transaction was sent. Call again once it is on the ledger. */
  | { readonly kind: 'sent'; readonly step: 'close' | 'end' | 'elapse'; readonly txHash: string }
  /** An earlier transaction may still be included, or the close period still runs. Call again, not before `atMs`. */
  | { readonly kind: 'wait'; readonly atMs: number }
  /** Nothing is left in it. */
  | { readonly kind: 'gone' };

/** A close must be included by then: what is later is refused, and its period begins here. */
const VALID_MS = 10 * 60_000;
const SLOT_MS = 1000;

/**
 * Closes a channel: its close period begins.
 *
 * @throws Error for a reader of the chain that sends nothing, or when the node refuses.
 */
export function closeChannel(context: Context, channelId: string): Promise<Left> {
  return step(context, channelId, async (record, position) => {
    const { stage } = position.channel.datum;
    if (stage.kind !== 'opened') return { kind: 'wait', atMs: leavesAtMs(stage) };
    return send(context, record, 'close', (available, ttl) =>
      closeOf(context, record, { position, available, ttl }),
    );
  });
}

/**
 * Takes what is left in a channel that was closed.
 *
 * @throws Error for a channel that is open, for a reader of the chain that sends nothing, or when the node refuses.
 */
export function leaveChannel(context: Context, channelId: string): Promise<Left> {
  return step(context, channelId, async (record, position) => {
    const { stage } = position.channel.datum;
    if (stage.kind === 'opened')
      throw new Error(`expected a closed channel, found ${record.id} open: close it`);
    if (stage.kind === 'settled')
      return send(context, record, 'end', (available, ttl) =>
        leaveOf(context, record, { position, available, ttl, step: 'end' }),
      );
    const atMs = leavesAtMs(stage);
    if (atMs > context.now()) return { kind: 'wait', atMs };
    return send(context, record, 'elapse', (available, ttl) =>
      leaveOf(context, record, {
        position,
        available,
        ttl,
        step: 'elapse',
        fromSlot: slotAt(context.network, atMs),
      }),
    );
  });
}

/** When a closed channel can be left: in the first slot that begins after its period. A settled one can at once. */
function leavesAtMs(stage: Exclude<Stage, { readonly kind: 'opened' }>): number {
  return stage.kind === 'settled' ? 0 : Math.ceil(Number(stage.elapseAtMs) / SLOT_MS) * SLOT_MS;
}

async function step(
  context: Context,
  channelId: string,
  next: (record: ChannelRecord, position: Found) => Promise<Left>,
): Promise<Left> {
  const { store, wallet, now } = context;
  return store.exclusively(async () => {
    const record = await seenOnChain(context, await recordOf(context, channelId));
    await store.save(record);
    if (record.state === 'ended' || record.state === 'void') return { kind: 'gone' };
    // A refund needs the seller's signature, so it may never be included: leaving alone does not wait for it.
    const { transaction } = record;
    if (transaction !== null && transaction.kind !== 'refund' && transaction.validToMs > now())
      return resend(context, transaction);
    const position = await positionOf(record, wallet.chain);
    if (position.kind === 'found') return next(record, position);
    if (position.kind === 'ended') return { kind: 'gone' };
    throw new Error(`expected the channel at ${record.ref}, found nothing there: ask again later`);
  });
}

/** The same bytes again. A node that has it already says so, which is no news. */
async function resend(
  { wallet }: Context,
  { kind, base64, validToMs }: NonNullable<ChannelRecord['transaction']>,
): Promise<Left> {
  if (kind === 'close' || kind === 'end' || kind === 'elapse')
    await wallet.chain.submit?.(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  return { kind: 'wait', atMs: validToMs };
}

async function send(
  context: Context,
  record: ChannelRecord,
  kind: 'close' | 'end' | 'elapse',
  build: (
    available: Parameters<Parameters<Context['wallet']['signChannel']>[0]['build']>[0],
    ttl: Slot,
  ) => Promise<BuiltSpend>,
): Promise<Left> {
  const { wallet, store, network, now } = context;
  const submit = wallet.chain.submit;
  if (submit === undefined)
    throw new Error('expected a reader of the chain that sends transactions, found none');
  const records = await store.list();
  const signed = await wallet.signChannel({
    held: heldBy(records.filter(({ id }) => id !== record.id)),
    build: async (available, nowMs) => {
      // Whole seconds: a slot is one.
      const validToMs = Math.ceil((nowMs + VALID_MS) / SLOT_MS) * SLOT_MS;
      return { ...(await build(available, slotAt(network, validToMs))), validToMs };
    },
  });
  await store.save({ ...record, transaction: recordedTransaction(kind, signed, 0n), changedAtMs: now() });
  const sent = await submit(signed.bytes);
  if (!sent.ok) throw new Error(`the node refused to ${kind} the channel: ${sent.error}`);
  return { kind: 'sent', step: kind, txHash: signed.txHash };
}
