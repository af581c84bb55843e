import { type Channel, capacityOf, readChannel, subbedOf } from '@x402-facilitator/cardano/channels';
import { provenOutput } from '../chain/index.js';
import { channelAddressOf } from './opening.js';
import type { ChannelRecord } from './record.js';
import type { Context } from './settings.js';

/**
 * Finds the wallet's channels at the trusted validators, each out of the bytes of the transaction that made it. Those that the
 * records do not have are recorded: with the count that the chain proves, what was redeemed.
 *
 * @returns what was recorded anew.
 */
export async function recoverChannels(context: Context): Promise<readonly ChannelRecord[]> {
  const { wallet, validators, network, payer, store, now } = context;
  const keys = await context.iouKeys();
  const parameters = await wallet.chain.parameters();
  const found: ChannelRecord[] = [];
  for (const scriptHash of validators) {
    const address = channelAddressOf(scriptHash, network).text;
    for (const listed of await wallet.chain.unspentOutputs(address)) {
      // Other people's channels are there too: only what names this wallet is worth a look-up.
      if (listed.inlineDatum?.includes(payer) !== true) continue;
      const output = await provenOutput(wallet.chain, listed.outRef);
      const read = output && readChannel(output, scriptHash);
      if (read?.ok !== true || read.value.datum.constants.consumer !== payer) continue;
      const key = keys.keyOf(read.value.datum.constants.tag).publicKey;
      found.push({
        ...recordFor(context, read.value, key),
        capacity: String(capacityOf(read.value, parameters)),
      });
    }
  }
  return store.exclusively(async () => {
    const known = new Map((await store.list()).map((record) => [record.id, record]));
    const missing = found.filter(({ id }) => {
      const state = known.get(id)?.state;
      return state === undefined || state === 'ended' || state === 'void';
    });
    for (const record of missing) await store.save({ ...record, changedAtMs: now() });
    return missing;
  });
}

function recordFor(
  { network, payer, now }: Context,
  channel: Channel,
  derivedKey: string,
): Omit<ChannelRecord, 'capacity'> {
  const { constants, ownHash, stage } = channel.datum;
  const subbed = String(subbedOf(channel));
  return {
    version: 1,
    id: constants.tag,
    network,
    scriptHash: ownHash,
    address: channel.address.text,
    payer,
    iouKey: derivedKey === constants.iouKey ? derivedKey : null,
    receiver: null,
    receiverAuthorizer: constants.provider,
    token: constants.currency,
    withdrawDelay: Number(constants.closePeriodMs / 1000n),
    sellers: [],
    referenceScript: null,
    state: stage.kind === 'opened' ? 'open' : stage.kind,
    ref: channel.ref,
    toldRef: null,
    subbed,
    count: subbed,
    signed: subbed,
    lostAnswers: 0,
    isRecovered: true,
    pending: null,
    doubt: null,
    transaction: null,
    spent: [],
    changedAtMs: now(),
  };
}
