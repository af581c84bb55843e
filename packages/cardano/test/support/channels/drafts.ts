import {
  type AssetId,
  blake2b256,
  type ChainOutput,
  LOVELACE,
  type NetworkFacts,
  outRefKey,
  toHex,
} from '@x402-facilitator/cardano';
import * as cbor from '../cbor-writer.js';
import { type ChannelConstants, channelIdOf, redeemerData, type Stage } from '../internals.js';
import type { TransactionSpec } from '../transaction-builder.js';
import type { Wallet } from '../wallet.js';
import {
  CHANNEL_FEE,
  type ChannelDraft,
  configOf,
  NOW_SLOT,
  requirementsOf,
  voucherOf,
  walletOutput,
} from './draft.js';
import { channelOutput, channelValue, constantsOf, datumOf, outputSpec, signIou } from './outputs.js';
import { CONSUMER, PROVIDER, SELLER_ADDRESS } from './parties.js';

/** What a channel of either currency holds that no one says otherwise of. */
export const HELD = 20_000_000n;
export const DEPOSIT = 20_000_000n;
export const ADDED = 5_000_000n;
/** Redeemed before, promised now. */
export const SUBBED = 300_000n;
export const PROMISED = 1_500_000n;
/** ADA beside the tokens of a channel. */
export const BESIDE = 5_000_000n;
const FUNDS = 100_000_000n;

export const OPENED: Stage = { kind: 'opened', subbed: SUBBED };

/** What a draft is made of where it is for another ledger than the one in memory. */
export type Pieces = {
  readonly source?: ChainOutput;
  readonly collateral?: ChainOutput;
  /** The channel at its position. */
  readonly channel?: ChainOutput;
  readonly tag?: string;
  /** What a voucher is for. */
  readonly promised?: bigint;
  /** What was redeemed of the channel before. */
  readonly subbed?: bigint;
  /** `none` as the binding's author's client writes it. */
  readonly ttl?: number | 'none';
  readonly facts?: NetworkFacts;
};

function ttlOf({ ttl = NOW_SLOT + 300 }: Pieces): Pick<TransactionSpec, 'ttl'> {
  return ttl === 'none' ? {} : { ttl };
}

function ledgerOf({ facts }: Pieces): Pick<ChannelDraft, 'facts'> {
  return facts === undefined ? {} : { facts };
}

function collateralOf(owner: Wallet): ChainOutput {
  return walletOutput('collateral', owner, 8_000_000n);
}

function tokensOf(currency: AssetId, amount: bigint): readonly [AssetId, bigint] | undefined {
  return currency === LOVELACE ? undefined : [currency, amount];
}

/** What goes back to a wallet: what it put in, less what a channel got and the fee. */
function change(
  owner: Wallet,
  currency: AssetId,
  amounts: { readonly ada: bigint; readonly tokens: bigint },
) {
  const value = walletOutput('change', owner, amounts.ada, tokensOf(currency, amounts.tokens));
  return outputSpec(value);
}

/** What a consumer opens a channel or adds to one with. */
export function sourceOf(currency: AssetId): ChainOutput {
  return walletOutput('source', CONSUMER, FUNDS, tokensOf(currency, FUNDS));
}

/** The constants of the channel that an opening makes. */
export function openingConstants({ currency, unspent: [source] }: ChannelDraft): ChannelConstants {
  if (source === undefined) throw new Error('expected what the opening spends');
  return constantsOf({ tag: channelIdOf(source.outRef), currency });
}

/** A channel's opening. */
export function opening(currency: AssetId, on: Pieces = {}): ChannelDraft {
  const { source = sourceOf(currency), promised = PROMISED } = on;
  const constants = constantsOf({ tag: channelIdOf(source.outRef), currency });
  const made = channelOutput('made', datumOf(constants, { kind: 'opened', subbed: 0n }), DEPOSIT, {
    beside: BESIDE,
  });
  const spec: TransactionSpec = {
    inputs: [source.outRef],
    outputs: [
      outputSpec(made),
      change(CONSUMER, currency, { ada: FUNDS - made.lovelace - CHANNEL_FEE, tokens: FUNDS - DEPOSIT }),
    ],
    fee: CHANNEL_FEE,
    ...ttlOf(on),
    signers: [CONSUMER],
  };
  return {
    currency,
    transaction: { spec, redeemed: [], collateral: [] },
    unspent: [source],
    ...ledgerOf(on),
    requirements: requirementsOf(currency),
    payload: (transaction) => ({
      type: 'deposit',
      channelConfig: configOf(currency),
      voucher: voucherOf(constants.tag, promised),
      deposit: { amount: `${DEPOSIT}`, transaction },
    }),
  };
}

/** The tag of the channel of a name. */
export function tagOf(name: string): string {
  return toHex(blake2b256(Buffer.from(name)));
}

/** An open channel of a currency. */
export function openChannel(
  currency: AssetId,
  { name = 'channel', stage = OPENED, held = HELD, constants = {} as Partial<ChannelConstants> } = {},
): ChainOutput {
  const all = constantsOf({ tag: tagOf(name), currency, ...constants });
  return channelOutput(name, datumOf(all, stage), held, { beside: BESIDE });
}

const TAG = constantsOf().tag;

/** A deposit into a channel that is open. */
export function topUp(currency: AssetId, on: Pieces = {}): ChannelDraft {
  const { channel = openChannel(currency), source = sourceOf(currency), tag = TAG, promised = PROMISED } = on;
  const held = currency === LOVELACE ? channel.lovelace : (channel.assets.get(currency) ?? 0n);
  const grown = { ...channel, ...channelValue(currency, held + ADDED, channel.lovelace) };
  const added = grown.lovelace - channel.lovelace;
  const spec: TransactionSpec = {
    inputs: [channel.outRef, source.outRef],
    outputs: [
      outputSpec(grown),
      change(CONSUMER, currency, { ada: FUNDS - added - CHANNEL_FEE, tokens: FUNDS - ADDED }),
    ],
    fee: CHANNEL_FEE,
    ...ttlOf(on),
    signers: [CONSUMER],
    body: { 14: cbor.set([cbor.bytes(cbor.hex(CONSUMER.keyHash))]) },
  };
  const { collateral = collateralOf(CONSUMER) } = on;
  const data = redeemerData({ kind: 'main', steps: [{ kind: 'add' }] });
  return {
    currency,
    transaction: { spec, redeemed: [{ input: outRefKey(channel.outRef), data }], collateral: [collateral] },
    unspent: [channel, source, collateral],
    followed: { status: 'found', output: channel },
    ...ledgerOf(on),
    requirements: requirementsOf(currency),
    payload: (transaction) => ({
      type: 'deposit',
      channelConfig: configOf(currency),
      voucher: voucherOf(tag, promised, outRefKey(channel.outRef)),
      deposit: { amount: `${ADDED}`, transaction },
    }),
  };
}

/** A request's promise. */
export function voucher(currency: AssetId, on: Pieces = {}): ChannelDraft {
  const { channel = openChannel(currency), tag = TAG, promised = PROMISED } = on;
  return {
    currency,
    unspent: [channel],
    followed: { status: 'found', output: channel },
    ...ledgerOf(on),
    requirements: requirementsOf(currency),
    payload: () => ({
      type: 'voucher',
      channelConfig: configOf(currency),
      voucher: voucherOf(tag, promised, outRefKey(channel.outRef)),
    }),
  };
}

/** The end of a channel by the agreement of both. Of a token, the seller has claimed its share before. */
export function refund(
  currency: AssetId,
  promised = currency === LOVELACE ? PROMISED : SUBBED,
  on: Pieces = {},
): ChannelDraft {
  const { channel = openChannel(currency), tag = TAG } = on;
  const { subbed = on.channel === undefined ? SUBBED : 0n } = on;
  const share = promised - subbed;
  const ada = channel.lovelace - CHANNEL_FEE - (currency === LOVELACE ? share : 0n);
  const back = change(CONSUMER, currency, { ada, tokens: (channel.assets.get(currency) ?? 0n) - share });
  const paid = outputSpec(walletOutput('share', SELLER_ADDRESS, share));
  const spec: TransactionSpec = {
    inputs: [channel.outRef],
    outputs: share > 0n ? [paid, back] : [back],
    fee: CHANNEL_FEE,
    ...ttlOf(on),
    signers: [CONSUMER],
    body: { 14: cbor.set([CONSUMER, PROVIDER].map(({ keyHash }) => cbor.bytes(cbor.hex(keyHash)))) },
  };
  const { collateral = collateralOf(CONSUMER) } = on;
  const redeemed = [{ input: outRefKey(channel.outRef), data: redeemerData({ kind: 'mutual' }) }];
  return {
    currency,
    transaction: { spec, redeemed, collateral: [collateral] },
    unspent: [channel, collateral],
    followed: { status: 'found', output: channel },
    ...ledgerOf(on),
    requirements: requirementsOf(currency),
    payload: (transaction) => ({
      type: 'refund',
      channelConfig: configOf(currency),
      voucher: voucherOf(tag, promised, outRefKey(channel.outRef)),
      transaction,
    }),
  };
}

/** What a seller takes from one channel. */
export type ClaimLine = {
  readonly channel: ChainOutput;
  readonly tag: string;
  readonly stage: Stage;
  readonly held: bigint;
};

/** Channels to claim from, open or closed, in the ledger's order. */
export function claimLines(currency: AssetId, count: number, closed = 0): readonly ClaimLine[] {
  const lines = Array.from({ length: count }, (_, at) => {
    const name = at === 0 ? 'channel' : `channel ${at}`;
    const stage: Stage =
      at < closed ? { kind: 'closed', subbed: SUBBED, elapseAtMs: 1_800_000_000_000n } : OPENED;
    const tag = tagOf(name);
    return { channel: openChannel(currency, { name, stage }), tag, stage, held: HELD };
  });
  return inOrder(lines);
}

/** In the ledger's order. */
function inOrder(lines: readonly ClaimLine[]): readonly ClaimLine[] {
  return lines.toSorted((a, b) => (outRefKey(a.channel.outRef) < outRefKey(b.channel.outRef) ? -1 : 1));
}

function takenOf({ stage }: ClaimLine): bigint {
  return PROMISED - (stage.kind === 'settled' ? 0n : stage.subbed);
}

/** The stage and value of a channel after `PROMISED` was redeemed of it. */
function redeemed(currency: AssetId, line: ClaimLine): ChainOutput {
  const { channel, tag, stage, held } = line;
  const constants = constantsOf({ tag, currency });
  const after: Stage = stage.kind === 'closed' ? { kind: 'settled' } : { kind: 'opened', subbed: PROMISED };
  const left = held - takenOf(line);
  return { ...channelOutput('after', datumOf(constants, after), left, { beside: channel.lovelace }) };
}

/** A claim from so many channels. */
export function claim(currency: AssetId, count = 2, closed = 0): ChannelDraft {
  return claimFrom(currency, claimLines(currency, count, closed));
}

/** A claim from these channels. */
export function claimFrom(currency: AssetId, from: readonly ClaimLine[], on: Pieces = {}): ChannelDraft {
  const lines = inOrder(from);
  const { source = walletOutput('source', PROVIDER, FUNDS), collateral = collateralOf(PROVIDER) } = on;
  const taken = lines.reduce((sum, line) => sum + takenOf(line), 0n);
  const isAda = currency === LOVELACE;
  const paidAda = isAda ? taken : 3_000_000n;
  const paid = walletOutput('paid', SELLER_ADDRESS, paidAda, tokensOf(currency, taken));
  const steps = lines.map(({ tag, stage }) => ({
    kind: stage.kind === 'closed' ? ('settle' as const) : ('sub' as const),
    owed: PROMISED,
    signature: signIou(tag, PROMISED),
  }));
  const spec: TransactionSpec = {
    inputs: [...lines.map(({ channel }) => channel.outRef), source.outRef],
    outputs: [
      ...lines.map((line) => outputSpec(redeemed(currency, line))),
      outputSpec(paid),
      outputSpec(walletOutput('change', PROVIDER, FUNDS - CHANNEL_FEE - (isAda ? 0n : paidAda))),
    ],
    fee: CHANNEL_FEE,
    ...ttlOf(on),
    signers: [PROVIDER],
    body: { 14: cbor.set([cbor.bytes(cbor.hex(PROVIDER.keyHash))]) },
  };
  return {
    currency,
    transaction: {
      spec,
      redeemed: lines.map(({ channel }, at) => ({
        input: outRefKey(channel.outRef),
        data: redeemerData(at === 0 ? { kind: 'main', steps } : { kind: 'defer' }),
      })),
      collateral: [collateral],
    },
    unspent: [...lines.map(({ channel }) => channel), source, collateral],
    ...ledgerOf(on),
    requirements: {
      ...requirementsOf(currency),
      amount: '0',
      maxTimeoutSeconds: 0,
      extra: {},
    },
    payload: (transaction) => ({
      type: 'claim',
      transaction,
      claims: lines.map(({ tag }) => ({ channelId: tag, totalClaimed: `${PROMISED}` })),
    }),
  };
}
