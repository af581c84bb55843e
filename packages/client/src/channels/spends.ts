import {
  buildClose,
  buildElapse,
  buildEnd,
  buildRefund,
  buildTopUp,
  type ChannelTransaction,
  type ValidatorSource,
} from '@x402-facilitator/cardano/channels';
import {
  LOVELACE,
  type NetworkFacts,
  parseAddress,
  parseOutRef,
  type Slot,
  slotStartMs,
  timelineOf,
} from '@x402-facilitator/cardano/ledger';
import { type ChainReader, provenOutput, type WalletOutput } from '../chain/index.js';
import type { ChannelSpend } from '../payment/index.js';
import { refuse } from '../refused-payment-error.js';
import { channelOutput } from './expected.js';
import { collateralOf, describe, fund } from './funding.js';
import type { Position } from './position.js';
import type { ChannelRecord } from './record.js';
import type { Context } from './settings.js';

/** A transaction of a channel without signatures, and what it is held against before it gets any. */
export type BuiltSpend = { readonly bytes: Uint8Array; readonly spend: ChannelSpend };

export type Found = Extract<Position, { readonly kind: 'found' }>;

/** What all of them are built from. */
type Base = {
  readonly position: Found;
  /** Outputs of the wallet that nothing else uses. */
  readonly available: readonly WalletOutput[];
  readonly ttl: Slot;
};

/** Far more than these take at today's prices, in case a provider reports nonsense. */
const MOST_FEE = 2_000_000n;
const DAY_MS = 86_400_000n;

/**
 * The facts of the ledger that a transaction of a channel costs by.
 *
 * @throws Error for a reader of the chain that does not know them.
 */
export async function factsOf({
  wallet,
  network,
}: Pick<Context, 'wallet' | 'network'>): Promise<NetworkFacts> {
  if (wallet.chain.ledgerParameters === undefined)
    throw new Error(
      'expected a reader of the chain that knows all protocol parameters, found one that does not',
    );
  return { parameters: await wallet.chain.ledgerParameters(), timeline: timelineOf(network) };
}

/**
 * The validator of a channel, proven by its hash. Where its output was spent, or may have been, the transaction carries the
 * script itself.
 *
 * @throws RefusedPaymentError where none is known: without it a buyer could not leave.
 */
export async function validatorFor(
  { wallet, referenceScripts }: Context,
  { scriptHash, referenceScript }: Pick<ChannelRecord, 'scriptHash' | 'referenceScript'>,
): Promise<ValidatorSource> {
  const refs = [referenceScripts.get(scriptHash), parseOutRef(referenceScript ?? '')];
  for (const ref of refs.filter((each) => each !== undefined)) {
    const output = await provenOutput(wallet.chain, ref);
    if (output?.referenceScript?.hash !== scriptHash) continue;
    const isThere = !(await mayBeSpent(wallet.chain, ref));
    return isThere ? { kind: 'reference', output } : { kind: 'witness', script: output.referenceScript };
  }
  refuse(
    `expected an output that carries the validator ${scriptHash}, found none: name it in referenceScripts (--validator HASH=TXHASH#INDEX)`,
  );
}

async function mayBeSpent(
  chain: ChainReader,
  ref: Parameters<ChainReader['spenderOf']>[0],
): Promise<boolean> {
  return chain.tellsNoSpenders === true || (await chain.spenderOf(ref)) !== undefined;
}

async function shared(context: Context, record: ChannelRecord, { position, available, ttl }: Base) {
  const { wallet, network } = context;
  const [facts, validator] = await Promise.all([factsOf(context), validatorFor(context, record)]);
  return {
    network,
    facts,
    validator,
    changeAddress: wallet.address,
    collateral: collateralOf(available),
    channel: position.output,
    ttl,
  };
}

function spendOf(
  { channel, output }: Found,
  ttl: Slot,
  more: Partial<Pick<ChannelSpend, 'makes' | 'share' | 'fromSlot'>> = {},
): ChannelSpend {
  const value = { lovelace: output.lovelace, assets: output.assets };
  return { channel: { ref: channel.ref, value }, mostFeeLovelace: MOST_FEE, ttl, ...more };
}

/** The channel with more in it, at a stage. */
function after(
  { channel, output }: Found,
  added: bigint,
  isStage: Parameters<typeof channelOutput>[0]['isStage'],
): ReturnType<typeof channelOutput> {
  const { ownHash, constants } = channel.datum;
  const { currency } = constants;
  const value =
    currency === LOVELACE
      ? { lovelace: output.lovelace + added, assets: output.assets }
      : { lovelace: output.lovelace, assets: new Map([[currency, channel.held + added]]) };
  return channelOutput({ scriptHash: ownHash, address: channel.address.text, constants, isStage, value });
}

/** Adds to an open channel. */
export async function topUpOf(
  context: Context,
  record: ChannelRecord,
  { added, ...base }: Base & { readonly added: bigint },
): Promise<BuiltSpend> {
  const plan = await shared(context, record, base);
  const wanted = { asset: record.token, amount: added };
  const built = fund(base.available, wanted, (funding) => buildTopUp({ ...plan, funding, amount: added }));
  const { stage } = base.position.channel.datum;
  const makes = after(
    base.position,
    added,
    (found) => stage.kind === 'opened' && found.kind === 'opened' && found.subbed === stage.subbed,
  );
  return { bytes: built.bytes, spend: spendOf(base.position, base.ttl, { makes }) };
}

/** Ends a channel by the agreement of both. The seller signs it too. */
export async function refundOf(
  context: Context,
  record: ChannelRecord,
  { share, payTo, ...base }: Base & { readonly share: bigint; readonly payTo: string },
): Promise<BuiltSpend> {
  const plan = await shared(context, record, base);
  const built = buildRefund({ ...plan, payTo, share });
  if (!built.ok) throw new Error(describe(built.error));
  const address = parseAddress(payTo);
  if (!address.ok) throw new Error(address.error);
  const paid = { address: address.value.bytes, value: { lovelace: share, assets: new Map() } };
  return {
    bytes: built.value.bytes,
    spend: spendOf(base.position, base.ttl, share === 0n ? {} : { share: paid }),
  };
}

/** Closes a channel: its period begins when the transaction can no longer be included. */
export async function closeOf(context: Context, record: ChannelRecord, base: Base): Promise<BuiltSpend> {
  const plan = await shared(context, record, base);
  const built = fund(base.available, { asset: LOVELACE, amount: 0n }, (funding) =>
    buildClose({ ...plan, funding }),
  );
  const { stage, constants } = base.position.channel.datum;
  const endsMs = endOf(context, base.ttl);
  const makes = after(
    base.position,
    0n,
    (found) =>
      stage.kind === 'opened' &&
      found.kind === 'closed' &&
      found.subbed === stage.subbed &&
      found.elapseAtMs >= endsMs + constants.closePeriodMs &&
      found.elapseAtMs <= endsMs + constants.closePeriodMs + DAY_MS,
  );
  return { bytes: built.bytes, spend: spendOf(base.position, base.ttl, { makes }) };
}

/** Takes everything out of a channel that the seller has settled, or that it let elapse. */
export async function leaveOf(
  context: Context,
  record: ChannelRecord,
  { step, fromSlot, ...base }: Base & { readonly step: 'end' | 'elapse'; readonly fromSlot?: Slot },
): Promise<BuiltSpend> {
  const plan = await shared(context, record, base);
  const build = step === 'end' ? buildEnd : buildElapse;
  const alone = build({ ...plan, funding: [] });
  const built: ChannelTransaction = alone.ok
    ? alone.value
    : fund(base.available, { asset: LOVELACE, amount: 0n }, (funding) => build({ ...plan, funding }));
  return { bytes: built.bytes, spend: spendOf(base.position, base.ttl, { fromSlot }) };
}

function endOf({ network }: Context, ttl: Slot): bigint {
  return BigInt(slotStartMs(timelineOf(network), ttl));
}
