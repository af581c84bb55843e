import type { PaywallProvider } from '@x402/core/server';
import { KNOWN_ASSET_IDS, knownAsset } from '@x402-facilitator/cardano';
import { currentPageVisit } from '../page-visit/index.js';
import type { PricedAsset } from '../scheme/index.js';
import { offerPageFiles } from './files.js';
import { en } from './messages/en.js';
import { chooseLanguage, LANGUAGES, type Messages } from './messages/index.js';
import { isPayable, PAGE_HEADERS, pageOf } from './page.js';
import type { PaymentCosts } from './page-data.js';

/** What a seller may change of the page. Nothing of it is needed. */
export type CardanoPaywallOptions = {
  /** Tokens that the page names by symbol, besides the well-known ones: those of `ExactCardanoScheme`. */
  readonly assets?: readonly Pick<PricedAsset, 'asset' | 'symbol' | 'decimals'>[];
  /** Always this language. By default the browser's `Accept-Language` chooses. */
  readonly language?: string;
  /** More languages by their tag, or other words for one. What one leaves out is said in English. */
  readonly languages?: Readonly<Record<string, Partial<Messages>>>;
  /** What the ledger asks for a payment. By default the values of every public network. */
  readonly costs?: PaymentCosts;
};

/** The same on mainnet, preprod and preview. A facilitator refuses a payment that is too cheap, before anything is paid. */
const PUBLIC_COSTS: PaymentCosts = {
  minFeePerByte: 44,
  minFeeConstant: 155_381,
  coinsPerUtxoByte: 4_310,
  maxTransactionBytes: 16_384,
  maxValueBytes: 5_000,
};

/**
 * The page that a person sees in place of a bare 402: the price, the wallets of the browser, the payment's progress and then
 * what was bought. It needs `deliverOnce`, or the Fastify plugin, around the route: they answer for the page's files.
 *
 * @throws Error for a language without words, or a tag that names no language.
 * @example
 * app.use(deliverOnce(new Delivery(), paymentMiddleware(routes, server, undefined, cardanoPaywall())));
 */
export function cardanoPaywall(options: CardanoPaywallOptions = {}): PaywallProvider {
  const { assets = [], language, costs = PUBLIC_COSTS } = options;
  const added = Object.entries(options.languages ?? {}).map(([tag, messages]) => [
    ...Intl.getCanonicalLocales(tag),
    { ...(LANGUAGES[tag] ?? en), ...messages },
  ]);
  const languages: Readonly<Record<string, Messages>> = { ...LANGUAGES, ...Object.fromEntries(added) };
  if (language !== undefined && languages[language] === undefined)
    throw new Error(`expected one of the languages ${Object.keys(languages).join(', ')}, found ${language}`);
  const labels = Object.fromEntries(
    [...KNOWN_ASSET_IDS.map((asset) => ({ asset, ...knownAsset(asset) })), ...assets].map(
      ({ asset, symbol, decimals }) => [asset, { symbol, decimals }],
    ),
  );
  const files = offerPageFiles();
  return {
    generateHtml(required) {
      const visit = currentPageVisit();
      if (visit !== undefined) visit.headers = PAGE_HEADERS;
      const wording = chooseLanguage(language ?? visit?.acceptLanguage ?? '', languages);
      // The page opens addresses. It cannot send again what a form has sent.
      const isOpened = visit?.method === undefined || visit.method === 'GET';
      const accepts = isOpened ? required.accepts.filter(isPayable) : [];
      const named = new Set(accepts.map(({ asset }) => asset));
      const shown = Object.fromEntries(Object.entries(labels).filter(([asset]) => named.has(asset)));
      const ada = labels.lovelace;
      return pageOf(
        required,
        { ...wording, accepts, labels: { ...shown, ...(ada && { lovelace: ada }) }, costs },
        files,
      );
    },
  };
}
