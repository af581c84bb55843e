import { x402Client } from '@x402/core/client';
import { decodePaymentResponseHeader } from '@x402/core/http';
import { wrapFetchWithPayment } from '@x402/fetch';
import { fromHex, type TxHash } from '@x402-facilitator/cardano/ledger';
import { newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { BatchSettlementCardanoClient } from '@x402-facilitator/client/channels';
import { CardanoFacilitatorClient } from '@x402-facilitator/server';
import { publishValidator } from '../stack/index.js';
import { type ChannelShop, startChannelShop } from './channel-shop.js';
import { readValidator } from './channel-validator.js';
import { claimFrom } from './claim.js';
import { formatMoney, type Places, shorten } from './payment.js';
import { onChain, openSeller, outputAt } from './seller.js';
import type { Terminal } from './terminal.js';

const REQUESTS = 1_000;
const TOLD_EVERY = 250;
/** Lovelace. */
const PRICE = 5_000n;

const ada = (lovelace: bigint) => formatMoney('lovelace', `${lovelace}`);

/** What the stack needs to serve channels. */
export async function channelSettings() {
  const { hash } = await readValidator();
  return { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([hash]) };
}

/**
 * Buys a thousand times through one channel. The seller claims all that it charged in one transaction, and both end the channel
 * together, which gives the buyer the rest.
 *
 * @throws Error when a request is not served, or anything else is paid than what was asked
 */
export async function showChannel(
  { stack, apiUrl }: Places,
  onePaymentHash: string,
  terminal: Terminal,
  stopping: AbortSignal,
): Promise<void> {
  const { network, payTo } = stack;
  const validator = await readValidator();
  const seller = await openSeller(stack);
  const { chain } = seller;
  const published = await publishValidator(stack, fromHex(validator.bytes) ?? new Uint8Array());
  terminal.step('validator', `${shorten(validator.hash)}, published in ${shorten(published)}`);

  const facilitator = new CardanoFacilitatorClient({ url: apiUrl });
  const shop = await startChannelShop({
    ...{ facilitator, network, payTo, price: PRICE },
    ...{ scriptHash: validator.hash, receiverAuthorizer: seller.keyHash, keys: seller.keys },
  });
  try {
    const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } });
    await stack.control.fund({ address: wallet.address, lovelace: 60_000_000n, outputs: 3 });
    const channels = new BatchSettlementCardanoClient({
      wallet,
      validators: [validator.hash],
      referenceScripts: { [validator.hash]: published },
      maxPrice: { lovelace: PRICE },
      limits: { lovelace: { perPayment: 20_000_000n } },
      requestsPerDeposit: REQUESTS,
    });
    const client = new x402Client().register(network, channels).setSpendControls({ allowedAssets: true });
    const opening = await buy(shop, wrapFetchWithPayment(fetch, client), terminal, stopping);

    const [record] = await channels.list();
    const kept = record && (await shop.store.read(record.id));
    if (record === undefined || kept?.iou === undefined)
      throw new Error('The shop has no promise of the buyer');
    const claim = await claimFrom(
      stack,
      seller,
      facilitator,
      {
        channelId: record.id,
        channel: await outputAt(chain, kept.channelRef),
        iou: kept.iou,
        total: kept.charged,
      },
      published,
    );
    terminal.step('claim', `the seller redeems ${ada(kept.charged)} at once: transaction ${shorten(claim)}`);
    const ended = await channels.refund(record.id, shop.url);
    if (ended.kind !== 'refunded')
      throw new Error(`Expected an end together, found ${JSON.stringify(ended)}`);
    terminal.step(
      'refund',
      `both sign the end, and the buyer has the rest: transaction ${shorten(ended.txHash)}`,
    );

    const transactions = await Promise.all(
      [opening.txHash, claim, ended.txHash].map((it) => onChain(chain, it as TxHash)),
    );
    const fees = transactions.reduce((sum, { fee }) => sum + fee, 0n);
    const { fee } = await onChain(chain, onePaymentHash as TxHash);
    if (kept.charged !== BigInt(REQUESTS) * PRICE)
      throw new Error(`Expected ${REQUESTS} prices charged, found ${kept.charged}`);
    terminal.table(
      ['requests', 'paid', 'transactions', 'fees', 'fee per request', 'requests per second'],
      [
        [
          `${REQUESTS}`,
          ada(kept.charged),
          `${transactions.length}`,
          ada(fees),
          ada(fees / BigInt(REQUESTS)),
          opening.perSecond.toFixed(0),
        ],
      ],
    );
    terminal.note(`a payment of its own costs ${ada(fee)} of fee, and waits for a block`);
  } finally {
    await shop.stop();
  }
}

/** Buys so often, one request after the other, as one channel serves them. */
async function buy(
  { url }: ChannelShop,
  pay: typeof fetch,
  terminal: Terminal,
  stopping: AbortSignal,
): Promise<{ readonly txHash: string; readonly perSecond: number }> {
  let txHash = '';
  let startedAt = 0;
  for (let bought = 1; bought <= REQUESTS; bought += 1) {
    stopping.throwIfAborted();
    const response = await pay(url);
    const receipt = response.headers.get('payment-response');
    const body = await response.text();
    if (response.status !== 200 || receipt === null)
      throw new Error(`Request ${bought} of ${REQUESTS} was answered ${response.status}: ${body}`);
    if (bought === 1) {
      txHash = decodePaymentResponseHeader(receipt).transaction;
      terminal.step('opening', `for ${REQUESTS} requests of ${ada(PRICE)}: transaction ${shorten(txHash)}`);
      startedAt = performance.now();
    }
    if (bought % TOLD_EVERY === 0) terminal.step('requests', `${bought} paid, each by a signature`);
  }
  return { txHash, perSecond: ((REQUESTS - 1) * 1_000) / (performance.now() - startedAt) };
}
