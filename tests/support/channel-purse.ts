import {
  type AssetId,
  type ChainOutput,
  createdOutputs,
  LOVELACE,
  lovelace,
  type NetworkFacts,
  outRefKey,
  type PaymentRequest,
  type TxHash,
} from '@x402-facilitator/cardano';
import {
  type ChannelDraft,
  CONSUMER,
  cbor,
  channelRequestOf,
  channels,
  PROVIDER,
  transactionOf,
  type Wallet,
  writtenChannel,
} from '@x402-facilitator/cardano/testing';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import type { Stack } from '@x402-facilitator/tools/stack';

/** What drafts of channels expect of their outputs. */
const SOURCE = 100_000_000n;
const COLLATERAL = 8_000_000n;

/** A channel as a test knows it. */
export type OpenChannel = { readonly tag: string; readonly output: ChainOutput };

/** A request about a channel, with its transaction. */
export type ChannelRequest = {
  readonly request: PaymentRequest;
  readonly transaction: TxHash;
  /** What the transaction makes. */
  readonly outputs: readonly ChainOutput[];
};

/** Money for channels on the devnet of a stack, and requests that it can really settle. */
export type ChannelPurse = {
  readonly currency: AssetId;
  opening(on?: channels.Pieces): Promise<ChannelRequest & { readonly channel: OpenChannel }>;
  topUp(
    channel: OpenChannel,
    on?: channels.Pieces,
  ): Promise<ChannelRequest & { readonly channel: OpenChannel }>;
  voucher(channel: OpenChannel, on?: channels.Pieces): PaymentRequest;
  claim(
    from: readonly OpenChannel[],
    on?: channels.Pieces,
  ): Promise<ChannelRequest & { readonly channels: readonly OpenChannel[] }>;
  /** With the provider's signature beside it. */
  refund(
    channel: OpenChannel,
    promised: bigint,
    on?: channels.Pieces,
  ): Promise<ChannelRequest & { readonly unsigned: PaymentRequest }>;
  /** What a channel is opened from. */
  source(): Promise<ChainOutput>;
};

/** @param currency ADA or the stack's token. */
export async function openChannelPurse(stack: Stack, currency: AssetId): Promise<ChannelPurse> {
  const chain = createBlockfrostProvider({ network: stack.network, url: stack.devnet.url });
  const facts: NetworkFacts = {
    parameters: await chain.getProtocolParameters(),
    timeline: await chain.getTimeline(),
  };
  const seen = new Set<string>();

  const fund = async (owner: Wallet, amount: bigint, tokens = 0n): Promise<ChainOutput> => {
    const address = owner.address(0);
    for (const { outRef } of await chain.getUnspentOutputs(address)) seen.add(outRefKey(outRef));
    await stack.control.fund({ address, lovelace: amount, tokens });
    const paid = (await chain.getUnspentOutputs(address)).find(({ outRef }) => !seen.has(outRefKey(outRef)));
    if (paid === undefined) throw new Error('expected a new output, found none');
    const assets = tokens === 0n ? [] : [[stack.token as AssetId, tokens] as const];
    return { outRef: paid.outRef, address, lovelace: lovelace(paid.lovelace), assets: new Map(assets) };
  };

  const tokens = currency === LOVELACE ? 0n : SOURCE;
  const pieces = async (owner: Wallet, ownTokens: bigint): Promise<channels.Pieces> => ({
    source: await fund(owner, SOURCE, ownTokens),
    collateral: await fund(owner, COLLATERAL),
    ttl: 'none',
    facts,
  });
  const made = (draft: ChannelDraft): ChannelRequest => {
    const built = writtenChannel(draft);
    if (built === undefined) throw new Error('expected a transaction');
    return {
      request: channelRequestOf(draft),
      transaction: built.id,
      outputs: createdOutputs(transactionOf(built.bytes)),
    };
  };
  const output = ({ outputs }: ChannelRequest, index: number): ChainOutput => {
    const found = outputs[index];
    if (found === undefined) throw new Error(`expected an output ${index}, found ${outputs.length}`);
    return found;
  };
  const tagIn = ({ request }: ChannelRequest) =>
    (request.paymentPayload.payload.voucher as { readonly channelId: string }).channelId;

  return {
    currency,
    source: () => fund(CONSUMER, SOURCE, tokens),
    async opening(on) {
      const all = { ...(await pieces(CONSUMER, tokens)), ...on };
      const opening = made(channels.opening(currency, all));
      return { ...opening, channel: { tag: tagIn(opening), output: output(opening, 0) } };
    },
    async topUp(channel, on) {
      const all = { ...(await pieces(CONSUMER, tokens)), ...on, channel: channel.output, tag: channel.tag };
      const topUp = made(channels.topUp(currency, all));
      return { ...topUp, channel: { ...channel, output: output(topUp, 0) } };
    },
    voucher: (channel, on) =>
      channelRequestOf(channels.voucher(currency, { ...on, channel: channel.output, tag: channel.tag })),
    async claim(from, on) {
      const lines = from.map(({ tag, output }) => ({
        channel: output,
        tag,
        stage: { kind: 'opened', subbed: 0n } as const,
        held: currency === LOVELACE ? output.lovelace : (output.assets.get(currency) ?? 0n),
      }));
      const draft = channels.claimFrom(currency, lines, { ...(await pieces(PROVIDER, 0n)), ...on });
      const claim = made(draft);
      const order = from.toSorted((a, b) =>
        outRefKey(a.output.outRef) < outRefKey(b.output.outRef) ? -1 : 1,
      );
      return { ...claim, channels: order.map(({ tag }, at) => ({ tag, output: output(claim, at) })) };
    },
    async refund(channel, promised, on) {
      const all = { ...(await pieces(CONSUMER, 0n)), ...on, channel: channel.output, tag: channel.tag };
      const draft = channels.refund(currency, promised, all);
      const refund = made(draft);
      const { payload } = refund.request.paymentPayload;
      const signed = { ...payload, providerWitness: witnessOf(PROVIDER, refund.transaction) };
      return {
        ...refund,
        unsigned: refund.request,
        request: {
          ...refund.request,
          paymentPayload: { ...refund.request.paymentPayload, payload: signed },
        },
      };
    },
  };
}

/** A wallet's signature of a transaction as a witness set, hex. */
function witnessOf({ publicKey, sign }: Wallet, transaction: TxHash): string {
  const witness = cbor.array([cbor.bytes(publicKey), cbor.bytes(sign(cbor.hex(transaction)))]);
  return Buffer.from(cbor.map([[cbor.int(0), cbor.array([witness])]])).toString('hex');
}
