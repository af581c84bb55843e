import { button, h, plainText } from './dom.js';
import { transactionView } from './progress.js';
import { show } from './stage.js';
import type { Words } from './words.js';

/** What came for the money. */
export type Bought = {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** Undefined where it cost nothing. */
  readonly purchase: { readonly id: string; readonly transaction: string } | undefined;
};

const COOKIE = 'x402-purchase';
/** As long as the shop keeps answers by default. */
const COOKIE_SECONDS = 3600;
const OPENED = 'x402-opened';
const LONGEST_TEXT = 200_000;
const PICTURE = /^image\/(?:png|jpeg|gif|webp|avif|svg\+xml)$/;
const TEXT = /^(?:text\/(?!html)|application\/(?:json|xml|yaml|.*\+json)$)/;
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;

/**
 * Opens what was bought as the browser opens any page: by its address, with its own headers and its own rights. A page of the
 * shop is never run inside of this one. The shop knows the buyer by a cookie, because a browser sends no payment by itself.
 */
export function open({ id, transaction }: NonNullable<Bought['purchase']>): void {
  const path = /[;,]/.test(location.pathname) ? '/' : location.pathname;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser that has wallets.
  document.cookie = `${COOKIE}=${transaction}.${id}; Path=${path}; Max-Age=${COOKIE_SECONDS}; SameSite=Strict${secure}`;
  remember(id);
  location.reload();
}

/** Shows what was bought. A page is opened at once, unless that has failed before. */
export function deliver(words: Words, bought: Bought): void {
  const { t } = words;
  const { purchase, bytes } = bought;
  document.querySelector('.title')?.replaceChildren(t('paid'));
  const type = typeOf(bought.headers);
  const wasOpened = purchase !== undefined && openedPurchase() === purchase.id;
  if (purchase !== undefined && HTML.test(type) && !wasOpened) {
    show(t('opening'), []);
    open(purchase);
    return;
  }
  const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type }));
  const save = h('a', { class: 'button', href: url, download: fileName(bought.headers, type) }, t('save'));
  const actions = [
    purchase !== undefined && !wasOpened ? button(t('open'), () => open(purchase), 'primary') : undefined,
    save,
  ];
  show(t('doneTitle'), [
    previewOf(type, bytes, url),
    h('p', { class: 'note' }, t('fileSize', { type: plainText(type, 60), size: words.bytes(bytes.length) })),
    h('div', { class: 'actions' }, ...actions),
    purchase !== undefined && !wasOpened ? h('p', { class: 'note' }, t('doneHint')) : undefined,
    purchase && transactionView(t('transaction'), purchase.transaction),
  ]);
}

/** Text is shown as text, a picture as a picture. Everything else is for other programs, or for its own tab. */
function previewOf(type: string, bytes: Uint8Array, url: string): HTMLElement | undefined {
  if (PICTURE.test(type)) return h('img', { class: 'preview', src: url, alt: '' });
  if (!TEXT.test(type) || bytes.length > LONGEST_TEXT) return undefined;
  const text = new TextDecoder().decode(bytes);
  return h('pre', { class: 'preview', tabindex: '0' }, /json$/.test(type) ? indented(text) : text);
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const typeOf = (headers: Headers) =>
  (headers.get('content-type') ?? 'application/octet-stream').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The shop's name for the file, or the end of its address. A browser adds no ending by itself. */
function fileName(headers: Headers, type: string): string {
  const named = /filename="?([^";]+)/i.exec(headers.get('content-disposition') ?? '')?.[1];
  const last = named ?? location.pathname.split('/').filter(Boolean).at(-1) ?? 'download';
  const clean =
    last
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(-80) || 'download';
  const ending = ENDINGS[type];
  return ending === undefined || /\.\w{1,5}$/.test(clean) ? clean : `${clean}.${ending}`;
}

const ENDINGS: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
};

/** The purchase that this tab has opened: if the page is back all the same, the shop did not know it by its cookie. */
export function openedPurchase(): string | null {
  try {
    return sessionStorage.getItem(OPENED);
  } catch {
    return null;
  }
}

function remember(id: string): void {
  try {
    sessionStorage.setItem(OPENED, id);
  } catch {
    // Then the page may be opened twice.
  }
}
