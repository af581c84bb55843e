import type { PaymentRequirements } from '@x402/core/types';
import {
  type BuyingStep,
  createBuyer,
  openWallet,
  PurchaseOpenError,
  type PurchaseRecord,
} from '@x402-facilitator/client';
import type { PageData } from '../src/paywall/page-data.js';
import { browserStore, lockIsFree, takeLock } from './browser-store.js';
import { connect, reasonOf, WalletRefusedError } from './connect.js';
import { button, h, plainText } from './dom.js';
import { limitsOf, moneyOf } from './money.js';
import { progressView, transactionView } from './progress.js';
import { deliver, openedPurchase } from './resource.js';
import { address, shopFetch } from './shop.js';
import { notice, show } from './stage.js';
import { walletList } from './wallet-list.js';
import { fateByWallet, SETTLED_AFTER_MS, walletReader } from './wallet-reader.js';
import type { FoundWallet } from './wallets.js';
import { whyNotDelivered, whyNotSigned } from './why.js';
import { type Words, wordsOf } from './words.js';

const main = document.querySelector('main');
const data = JSON.parse(main?.dataset.page ?? '{"accepts":[]}') as PageData;
if (data.accepts.length > 0) openPage(data, wordsOf(data));

/** One page, which sells one thing. */
function openPage({ accepts, costs }: PageData, words: Words): void {
  const { t } = words;
  const store = browserStore();
  const url = address();
  const what = `GET ${url} `;
  const pageLock = `x402-page:${url}`;

  const place = document.getElementById('place');
  if (place !== null) place.textContent = `${location.host}${decodeSafely(location.pathname)}`;

  /** Ends the pause before the same payment is shown again. */
  let wake = (): void => undefined;
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  globalThis.addEventListener('online', () => wake());

  /** This page's purchases, the newest first. What was signed and never shown is none. */
  const ours = async (): Promise<readonly PurchaseRecord[]> =>
    (await store.list())
      .filter((record) => record.what?.startsWith(what) === true && record.signature !== null)
      .toSorted((left, right) => right.signedAtMs - left.signedAtMs);

  /** Goes on with what was begun, in this tab or an earlier one; else offers to pay. */
  async function begin(message?: HTMLElement): Promise<void> {
    const records = await ours().catch(() => []);
    const open = records.find(({ state }) => state === 'open');
    if (open !== undefined) return resume(open);
    const bought = records.find(({ state }) => state === 'delivered');
    if (bought !== undefined && openedPurchase() === bought.id) return openAgain(bought);
    return choose(message, bought);
  }

  /** Runs what may pay in one tab at a time. `work` says what comes after it. */
  async function alone(work: () => Promise<() => unknown>): Promise<void> {
    const lock = await takeLock(pageLock);
    if (lock === undefined) {
      show(t('elsewhere'), [h('p', {}, t('elsewhereHint'))]);
      await lockIsFree(pageLock);
      return begin();
    }
    const next = await work().finally(async () => {
      lock.release();
      await lock.ended;
    });
    next();
  }

  function choose(message?: HTMLElement, bought?: PurchaseRecord): void {
    const wallets = walletList(words, (wallet) => void alone(() => pay(wallet, chosen())));
    const earlier = bought && [
      h('p', {}, t('boughtHint', { price: words.amount(bought.price), date: words.time(bought.signedAtMs) })),
      button(t('openAgain'), () => void openAgain(bought), 'primary'),
      h('h3', {}, t('buyAgain')),
    ];
    const headline = bought === undefined ? wallets.headline() : t('boughtTitle');
    const title = show(headline, [message, ...(earlier ?? []), ...wallets.elements]);
    wallets.watch(() => {
      if (bought === undefined) title.textContent = wallets.headline();
    });
  }

  function chosen(): PaymentRequirements {
    const checked = document.querySelector<HTMLInputElement>('input[name="price"]:checked');
    const option = accepts[Number(checked?.value ?? 0)] ?? accepts[0];
    if (option === undefined) throw new Error('expected a price, found none');
    return option;
  }

  async function pay(wallet: FoundWallet, price: PaymentRequirements): Promise<() => unknown> {
    const name = wallet.name;
    let isSigned = false;
    try {
      const earlier = await ours();
      const open = earlier.find(({ state }) => state === 'open');
      if (open !== undefined) return () => resume(open);
      const network = networkOf(price.network);
      const keys = await Promise.race([
        connect(wallet, network),
        // Some wallets never answer. Nothing is signed here, so what they say later does not matter.
        new Promise<never>((_, reject) =>
          show(t('connectingTitle', { wallet: name }), [
            h('p', {}, t('connectingHint')),
            button(t('back'), () => reject(new WalletRefusedError('refusedConnect'))),
          ]),
        ),
      ]);
      for (const record of earlier.filter(({ state }) => state === 'refused')) {
        const fate = await fateByWallet(record, keys);
        if (fate === 'included' || fate === 'spent') return () => undecided(record, t('moneySpent'));
      }
      const { held, free } = await moneyOf(keys, price.asset, await store.list());
      const heldText = words.amount({ asset: price.asset, amount: String(held) });
      if (held < BigInt(price.amount))
        return () =>
          choose(notice(t('tooLittle', { wallet: name, price: words.amount(price), held: heldText })));
      if (free < BigInt(price.amount)) return () => choose(notice(t('walletBusy', { wallet: name })));
      const showSigning = () => show(t('signingTitle', { wallet: name }), [h('p', {}, t('signingHint'))]);
      showSigning();
      const chain = walletReader(network, costs, store, keys);
      const buyer = createBuyer({
        wallet: await openWallet({ chain, secret: keys }),
        limits: limitsOf(price),
        store,
        fetch: shopFetch(price),
        patienceMs: Number.POSITIVE_INFINITY,
        sleep: pause,
      });
      return await follow(buyer.buy, undefined, (step) => {
        if (step.kind === 'signed') isSigned = true;
        // Proven by the wallet: the first payment can never happen.
        if (step.kind === 'void') showSigning();
      });
    } catch (error) {
      if (isSigned) return () => begin();
      const message = whyNotSigned(error, words, { wallet: name, price });
      return () => choose(message);
    }
  }

  /** Shows a payment again that was signed earlier. It never signs another one. */
  function resume(record: PurchaseRecord): Promise<void> {
    return alone(async () => {
      // Another tab may have gone on with it, and a refused one needs the wallet.
      const isOpen = (await ours()).some(({ id, state }) => id === record.id && state === 'open');
      if (!isOpen) return () => begin();
      const network = networkOf(record.price.network);
      const chain = walletReader(network, costs, store, undefined);
      const refuse = async () => {
        throw new Error('no wallet is connected');
      };
      const buyer = createBuyer({
        wallet: { network, address: '', chain, sign: refuse, release: () => undefined },
        limits: {},
        store,
        fetch: shopFetch(undefined),
        patienceMs: Number.POSITIVE_INFINITY,
        sleep: pause,
      });
      try {
        return await follow(buyer.buy, record);
      } catch (error) {
        if (error instanceof PurchaseOpenError) return () => undecided(record, reasonOf(error.cause));
        return () => choose(notice(t('noAnswer')));
      }
    });
  }

  /** Buys, and shows how far it is. */
  async function follow(
    buy: ReturnType<typeof createBuyer>['buy'],
    resumed: PurchaseRecord | undefined,
    onStep: (step: BuyingStep) => void = () => undefined,
  ): Promise<() => unknown> {
    let progress: ReturnType<typeof progressView> | undefined;
    const bought = await buy(url, undefined, (step) => {
      if (step.kind === 'signed' || step.kind === 'resumed') {
        const transaction = step.payment.transactionId;
        progress = progressView(words, {
          transaction,
          signedAtMs: resumed?.signedAtMs ?? Date.now(),
          isResumed: resumed !== undefined,
          onTryNow: () => wake(),
        });
      }
      progress?.follow(step);
      onStep(step);
    });
    const { outcome, headers, bytes, purchaseId, payment } = bought;
    if (outcome === 'delivered' || outcome === 'free') {
      const purchase =
        purchaseId === undefined || payment === undefined
          ? undefined
          : { id: purchaseId, transaction: payment.transactionId };
      return () => deliver(words, { headers, bytes, purchase });
    }
    const reason = whyNotDelivered(bought);
    if (outcome === 'refused') return () => choose(notice(t('sellerRefused', { reason })));
    const record = (await ours()).find(({ id }) => id === purchaseId);
    return () => (record === undefined ? begin() : undecided(record, reason));
  }

  async function openAgain(record: PurchaseRecord): Promise<void> {
    const paid = { headers: { 'payment-signature': record.signature ?? '' }, redirect: 'manual' } as const;
    const answer = await shopFetch(undefined)(url, paid).catch(() => undefined);
    if (answer === undefined) return choose(notice(t('noAnswer')), record);
    if (!answer.ok)
      return choose(
        notice(t('notKept', { price: words.amount(record.price), date: words.time(record.signedAtMs) })),
      );
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const purchase = { id: record.id, transaction: record.payment.transactionId };
    return deliver(words, { headers: answer.headers, bytes, purchase });
  }

  /** The payment may be on the ledger, and the shop has not delivered. */
  function undecided(record: PurchaseRecord, reason: string): void {
    show(t('undecidedTitle'), [
      notice(t('undecidedHint', { reason })),
      h(
        'div',
        { class: 'actions' },
        button(t('tryAgain'), () => void resume(record), 'primary'),
        button(t('payAnew'), () => void payAnew(record, reason)),
      ),
      transactionView(t('transaction'), record.payment.transactionId),
    ]);
  }

  /** Only a person may decide this, and only when no earlier payment can happen any more. */
  async function payAnew(record: PurchaseRecord, reason: string): Promise<void> {
    const unfinished = async () =>
      (await ours()).filter(({ state }) => state === 'open' || state === 'refused');
    const endOf = ({ payment }: PurchaseRecord) => payment.validToMs + SETTLED_AFTER_MS;
    const possibleUntil = Math.max(...(await unfinished()).map(endOf), 0);
    const isOver = Date.now() > possibleUntil;
    const forget = async () => {
      const over = (await unfinished()).filter((each) => endOf(each) < Date.now());
      for (const each of over) await store.save({ ...each, state: 'void' });
      return () => choose();
    };
    show(t('payAnewTitle'), [
      h('p', {}, isOver ? t('payAnewHint') : t('payAnewEarly', { time: words.time(possibleUntil) })),
      h(
        'div',
        { class: 'actions' },
        isOver ? button(t('payAnewYes'), () => void alone(forget)) : undefined,
        button(t('back'), () => undecided(record, reason), 'primary'),
      ),
      transactionView(t('transaction'), record.payment.transactionId),
    ]);
  }

  void begin();
}

function networkOf(text: string) {
  if (text === 'cardano:mainnet' || text === 'cardano:preprod' || text === 'cardano:preview') return text;
  throw new Error(`expected a network of Cardano, found ${text}`);
}

function decodeSafely(path: string): string {
  try {
    return plainText(decodeURI(path), 300);
  } catch {
    return path;
  }
}
