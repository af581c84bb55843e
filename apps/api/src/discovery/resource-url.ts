import { isIP } from 'node:net';
import { err, ok, type Result } from '@x402-facilitator/cardano';
import { MAX_RESOURCE_CHARACTERS } from '@x402-facilitator/journal';

/** Names that lead to the machine or the network of whoever asks. */
const LOCAL_NAME =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa|test|invalid|onion)$/;
/** The API's own rule for routes with parameters; the `%` is decoded first. */
const TEMPLATE = /^\/[a-zA-Z0-9_/:.\-~%]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const ODD = /[\u0000-\u0020\u007f\\]/;

export type ResourceUrl = {
  /** Without query and fragment; a route with parameters as its template. */
  readonly url: string;
  readonly origin: string;
};

/**
 * What a paid URL is listed as, or what is wrong with it. It is where strangers will be sent.
 *
 * @param allowLocal http, addresses and names of a private network are allowed too.
 */
export function readResourceUrl(text: string, allowLocal: boolean): Result<URL, string> {
  if (text.length > MAX_RESOURCE_CHARACTERS)
    return err(`expected at most ${MAX_RESOURCE_CHARACTERS} characters, found ${text.length}`);
  const url = ODD.test(text) ? null : URL.parse(text);
  if (url === null) return err('expected an absolute URL');
  if (url.protocol !== 'https:' && !(allowLocal && url.protocol === 'http:'))
    return err('expected a URL with https');
  if (url.username !== '' || url.password !== '') return err('expected a URL without user and password');
  return allowLocal || isPublicName(url.hostname) ? ok(url) : err('expected the host by a public name');
}

export function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  if (isIP(name) !== 0 || name.startsWith('[')) return false;
  return name.includes('.') && !LOCAL_NAME.test(name) && !/^\d+$/.test(name.split('.').at(-1) ?? '');
}

/** @param template of a route with parameters, such as `/users/:id`. One that does not fit the path is left out. */
export function listedAs(url: URL, template: unknown): ResourceUrl {
  const path = typeof template === 'string' && fits(template, url.pathname) ? template : url.pathname;
  return { url: `${url.origin}${path}`, origin: url.origin };
}

function fits(template: string, pathname: string): boolean {
  if (template.length > MAX_RESOURCE_CHARACTERS || !TEMPLATE.test(template)) return false;
  try {
    const plain = decodeURIComponent(template);
    if (plain.includes('..') || plain.includes('://')) return false;
  } catch {
    return false;
  }
  const wanted = template.split('/');
  const found = pathname.split('/');
  // A payer cannot have its payment listed as another path of the host.
  return (
    wanted.length === found.length &&
    wanted.every((part, place) => part.startsWith(':') || part === found[place])
  );
}
