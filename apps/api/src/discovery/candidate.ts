import { parseNetwork } from '@x402-facilitator/cardano';
import type { DiscoveryCandidate, DiscoveryRefusal } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';
import { isObject } from './check-schema.js';
import { type Declaration, readDeclaration } from './declaration.js';
import { listedAs, readResourceUrl } from './resource-url.js';
import { plainText, readServiceMetadata } from './service-metadata.js';

/** The extension's name in a payment and in `/supported`. */
export const BAZAAR = 'bazaar';

const DAY_MS = 86_400_000;
/** Enough of a URL that cannot be listed for its seller to know it again. */
const MAX_REFUSED_URL = 2048;

/** What a payment would have listed. `rejected`: what its answer says of its declaration; absent where it declares nothing. */
export type Declared = {
  readonly candidate: DiscoveryCandidate;
  readonly answer: { readonly rejected: string | undefined } | undefined;
};

/** What a payment declares about its resource. `undefined` for a payment that names no resource. */
export function readDeclared(
  request: PaymentRequestBody,
  settings: Config['discovery'],
): Declared | undefined {
  const { resource, extensions } = request.paymentPayload;
  if (resource === undefined) return undefined;
  const { maxResources, maxPerHost, expireDays, maxResourceBytes, allowLocal } = settings;
  const bounds = { maxResources, maxPerHost, expireMs: expireDays * DAY_MS };
  const declared = extensions?.[BAZAAR];
  const refused = (url: string, refusal: DiscoveryRefusal): Declared => ({
    candidate: { ...bounds, kind: 'refusal', url, refusal },
    answer: declared === undefined ? undefined : { rejected: wordsOf(refusal) },
  });
  const location = readResourceUrl(resource.url, allowLocal);
  if (!location.ok)
    return refused(withoutQuery(resource.url), {
      code: 'url_refused',
      message: location.error,
      path: 'resource.url',
    });
  if (declared === undefined || declared === null)
    return refused(listedAs(location.value, undefined).url, {
      code: 'not_declared',
      message:
        'expected the bazaar extension in the payment, found none: the buyer sends back what the seller declares',
    });
  const template = isObject(declared) ? declared.routeTemplate : undefined;
  const { url, origin } = listedAs(location.value, template);
  const declaration = readDeclaration(declared, maxResourceBytes);
  if (!declaration.ok) return refused(url, declaration.error);
  const listing = JSON.stringify(listingOf(declaration.value, resource, url));
  const terms = JSON.stringify(termsOf(request.paymentRequirements));
  const bytes = Buffer.byteLength(listing) + Buffer.byteLength(terms);
  if (bytes > maxResourceBytes)
    return refused(url, {
      code: 'too_large',
      message: `expected a listing of at most ${maxResourceBytes} bytes, found ${bytes}`,
      path: 'resource',
    });
  const { scheme, asset } = request.paymentRequirements;
  return {
    candidate: {
      ...bounds,
      kind: 'listing',
      url,
      origin,
      endpoint: `${declaration.value.type} ${declaration.value.name}`,
      listing,
      termsOf: `${scheme} ${asset}`,
      terms,
    },
    answer: { rejected: undefined },
  };
}

function listingOf(
  { type, name, shown, routeTemplate }: Declaration,
  resource: Readonly<Record<string, unknown>>,
  url: string,
) {
  const metadata = readServiceMetadata(resource);
  const template = typeof routeTemplate === 'string' && url.endsWith(routeTemplate) ? { routeTemplate } : {};
  const { description } = isObject(shown.info) && isObject(shown.info.input) ? shown.info.input : {};
  const own =
    typeof description === 'string' && description !== '' ? { description: plainText(description) } : {};
  return { type, name, ...own, ...metadata, extensions: { [BAZAAR]: { ...shown, ...template } } };
}

/** Without what is of this payment alone: of `extra` only plain values. */
function termsOf(requirements: PaymentRequestBody['paymentRequirements']) {
  const { scheme, network, asset, amount, payTo, maxTimeoutSeconds, extra } = requirements;
  const plain = Object.entries(extra ?? {}).filter(
    ([, value]) => value === null || typeof value !== 'object',
  );
  const named = parseNetwork(network) ?? network;
  return {
    scheme,
    network: named,
    asset,
    amount,
    payTo,
    maxTimeoutSeconds,
    extra: Object.fromEntries(plain),
  };
}

export function wordsOf({ path, message }: DiscoveryRefusal): string {
  return path === undefined ? message : `${path}: ${message}`;
}

function withoutQuery(url: string): string {
  return (url.split(/[?#]/)[0] ?? '').slice(0, MAX_REFUSED_URL);
}
