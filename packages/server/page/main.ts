import type { PaymentRequirements } from '@x402/core/types';
import {
  type Bought,
  createBuyer,
  type Keys,
  NotEnoughAdaError,
  openWallet,
  PurchaseOpenError,
  type PurchaseRecord,
  RefusedPaymentError,
} from '@x402-facilitator/client';
import { networkName } from '../src/paywall/network-name.js';
import type { PageData } from '../src/paywall/page-data.js';
import { browserStore, lockIsFree, StorageRefusedError, takeLock } from './browser-store.js';
import { connect, reasonOf, WalletRefusedError } from './connect.js';
import { button, h, plainText } from './dom.js';
import { limitsOf } from './limits.js';
import { progressView, transactionView } from './progress.js';
import { deliver, openedPurchase } from './resource.js';
import { address, PriceChangedError, shopFetch } from './shop.js';
import { notice, show } from './stage.js';
import { fateByWallet, SETTLED_AFTER_MS, walletReader } from './wallet-reader.js';
import { type FoundWallet, findWallets } from './wallets.js';
import { type Words, wordsOf } from './words.js';

const main = document.querySelector('main');
const data = JSON.parse(main?.dataset.page ?? '{"accepts":[]}') as PageData;
if (data.accepts.length > 0) openPage(data, wordsOf(data));

/** One page, which sells one thing. */
function openPage({ accepts, costs, messages }: PageData, words: Words): void {
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
    const list = h('div', { class: 'wallets' });
    const hint = h('p', { class: 'note' });
    const offered = new Set<string>();
    const look = () => {
      for (const wallet of findWallets()) {
        if (offered.has(wallet.key)) continue;
        offered.add(wallet.key);
        list.append(walletButton(wallet));
      }
      hint.textContent = t(offered.size === 0 ? 'noWalletHint' : 'payHint');
      again.hidden = offered.size > 0;
    };
    const again = button(t('lookAgain'), look);
    look();
    show(
      bought === undefined ? t(offered.size === 0 ? 'noWallet' : 'payWith') : t('boughtTitle'),
      [
        message,
        ...(bought === undefined
          ? []
          : [
              h(
                'p',
                {},
                t('boughtHint', { price: words.amount(bought.price), date: words.time(bought.signedAtMs) }),
              ),
              button(t('openAgain'), () => void openAgain(bought), 'primary'),
              h('h3', {}, t('buyAgain')),
            ]),
        list,
        hint,
        again,
      ],
      message?.textContent ?? undefined,
    );
    // Extensions may come later than the page.
    const end = Date.now() + 5_000;
    const timer = setInterval(() => {
      if (!list.isConnected || Date.now() > end) return clearInterval(timer);
      const before = offered.size;
      look();
      const title = list.parentElement?.querySelector('h2');
      if (title && before === 0 && offered.size > 0 && bought === undefined) title.textContent = t('payWith');
    }, 200);
  }

  function walletButton(wallet: FoundWallet): HTMLButtonElement {
    const icon =
      wallet.icon === undefined
        ? h('span', { class: 'icon', 'aria-hidden': 'true' }, wallet.name.slice(0, 1))
        : h('img', { class: 'icon', src: wallet.icon, alt: '' });
    const element = button('', () => void alone(() => pay(wallet, chosen())), 'wallet');
    element.append(icon, h('bdi', {}, t('payWithName', { wallet: wallet.name })));
    return element;
  }

  function chosen(): PaymentRequirements {
    const checked = document.querySelector<HTMLInputElement>('input[name="price"]:checked');
    const option = accepts[Number(checked?.value ?? 0)] ?? accepts[0];
    if (option === undefined) throw new Error('expected a price, found none');
    return option;
  }

  async function pay(wallet: FoundWallet, price: PaymentRequirements): Promise<() => unknown> {
    const name = wallet.name;
    let signed: string | undefined;
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
      show(t('signingTitle', { wallet: name }), [h('p', {}, t('signingHint'))]);
      const chain = walletReader(network, costs, store, keys);
      const buyer = createBuyer({
        wallet: await openWallet({ chain, secret: keys }),
        limits: limitsOf(price),
        store,
        fetch: shopFetch(price),
        patienceMs: Number.POSITIVE_INFINITY,
        sleep: pause,
      });
      return await follow(buyer.buy, undefined, (transaction) => {
        signed = transaction;
      });
    } catch (error) {
      if (signed !== undefined) return () => void begin();
      return () => choose(...messageOf(error, name, price));
    }
  }

  /** Shows a payment again that was signed earlier. It never signs another one. */
  function resume(record: PurchaseRecord): Promise<void> {
    return alone(async () => {
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
    onSigned: (transaction: string) => void = () => undefined,
  ): Promise<() => unknown> {
    let progress: ReturnType<typeof progressView> | undefined;
    const bought = await buy(url, undefined, (step) => {
      if (step.kind === 'signed' || step.kind === 'resumed') {
        const transaction = step.payment.transactionId;
        onSigned(transaction);
        progress = progressView(words, {
          transaction,
          signedAtMs: resumed?.signedAtMs ?? Date.now(),
          isResumed: resumed !== undefined,
          onTryNow: () => wake(),
        });
      }
      progress?.follow(step);
    });
    const { outcome, headers, bytes, purchaseId, payment } = bought;
    if (outcome === 'delivered' || outcome === 'free') {
      const purchase =
        purchaseId === undefined || payment === undefined
          ? undefined
          : { id: purchaseId, transaction: payment.transactionId };
      return () => deliver(words, { headers, bytes, purchase });
    }
    const reason = whyOf(bought);
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
        button(t('payAnew'), () => payAnew(record, reason)),
      ),
      transactionView(t('transaction'), record.payment.transactionId),
    ]);
  }

  /** Only a person may decide this, and only when the first payment can no longer happen. */
  function payAnew(record: PurchaseRecord, reason: string): void {
    const possibleUntil = record.payment.validToMs + SETTLED_AFTER_MS;
    const isOver = Date.now() > possibleUntil;
    const forget = async () => {
      const unfinished = (await ours()).filter(({ state }) => state === 'open' || state === 'refused');
      for (const each of unfinished) await store.save({ ...each, state: 'void' });
      choose();
    };
    show(t('payAnewTitle'), [
      h('p', {}, isOver ? t('payAnewHint') : t('payAnewEarly', { time: words.time(possibleUntil) })),
      h(
        'div',
        { class: 'actions' },
        isOver ? button(t('payAnewYes'), () => void forget()) : undefined,
        button(t('back'), () => undecided(record, reason), 'primary'),
      ),
      transactionView(t('transaction'), record.payment.transactionId),
    ]);
  }

  /** What went wrong before anything was signed, in words. */
  function messageOf(error: unknown, wallet: string, price: PaymentRequirements): [HTMLElement] {
    const text = (): string => {
      if (error instanceof WalletRefusedError)
        return t(error.refusal, {
          wallet,
          network: networkName(price.network, messages),
          reason: error.message,
        });
      if (error instanceof NotEnoughAdaError) return t('tooLittleFee', { wallet });
      if (error instanceof PriceChangedError) return t('priceChanged');
      if (error instanceof StorageRefusedError) return t('noStorage');
      const reason = reasonOf(error);
      if (error instanceof RefusedPaymentError) return t('notSafe', { reason });
      if (error instanceof TypeError || error instanceof DOMException) return t('noAnswer');
      return t('walletFailed', { wallet, reason });
    };
    const message = notice(text());
    if (error instanceof PriceChangedError)
      message.append(
        ' ',
        button(t('reload'), () => location.reload(), 'link'),
      );
    return [message];
  }

  void begin();
}

/** How much of an asset a wallet holds, and how much of that no payment under way uses. */
async function moneyOf(
  keys: Keys,
  asset: string,
  records: readonly PurchaseRecord[],
): Promise<{ readonly held: bigint; readonly free: bigint }> {
  const used = new Set<string>(
    records
      .filter(({ state, payment }) => /^(?:open|delivered)$/.test(state) && payment.validToMs > Date.now())
      .flatMap(({ payment }) => payment.inputs),
  );
  let held = 0n;
  let free = 0n;
  for (const { outRef, lovelace, assets } of (await keys.unspentOutputs?.()) ?? []) {
    const amount = asset === 'lovelace' ? lovelace : [...assets].find(([id]) => id === asset)?.[1];
    held += amount ?? 0n;
    if (!used.has(`${outRef.txHash}#${outRef.index}`)) free += amount ?? 0n;
  }
  return { held, free };
}

/** The shop's reason, in its own words where it has some. */
function whyOf({ body, receipt, status, headers }: Bought): string {
  const said: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : undefined;
  const required = headers.get('payment-required');
  return plainText(
    said ?? receipt?.errorMessage ?? receipt?.errorReason ?? refusalIn(required) ?? `HTTP ${status}`,
    240,
  );
}

function refusalIn(header: string | null): string | undefined {
  try {
    const { error } = JSON.parse(atob(header ?? '')) as { readonly error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
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
