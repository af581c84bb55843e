import { isIP } from 'node:net';
import { err, ok, type Result } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';
import { checkPublicAddress } from './address.js';

export type Reach = Pick<Config['webhooks'], 'allowHttp' | 'allowPrivateNetworks'>;

const MAX_CHARACTERS = 2_048;
/** Ports below are those of mail, shells and other services that would read a request as something else. */
const FIRST_FREE_PORT = 1_024;

/**
 * Reads the URL of an endpoint. Addresses in it are judged as a browser reads them: `0x7f.1` and `2130706433` are 127.0.0.1.
 * The addresses of a name are judged when it is connected to.
 */
export function readEndpointUrl(text: string, reach: Reach): Result<URL, string> {
  if (text.length > MAX_CHARACTERS) return err(`expected at most ${MAX_CHARACTERS} characters`);
  const url = URL.parse(text);
  if (url === null) return err('expected a URL such as https://shop.example/webhooks');
  const { protocol, username, password, hash, hostname, port } = url;
  if (protocol !== 'https:' && !(protocol === 'http:' && reach.allowHttp))
    return err(`expected https${reach.allowHttp ? ' or http' : ' (webhooks.allowHttp)'}`);
  if (username !== '' || password !== '') return err('expected no user and no password');
  if (hash !== '') return err('expected no fragment');
  if (reach.allowPrivateNetworks) return ok(url);
  if (port !== '' && Number(port) < FIRST_FREE_PORT)
    return err(`expected the protocol’s own port, or one from ${FIRST_FREE_PORT} on`);
  // Every resolver says that this is the machine itself.
  if (/(?:^|\.)localhost\.?$/.test(hostname))
    return err(`${hostname} is not on the public internet (webhooks.allowPrivateNetworks)`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = isIP(host) === 0 ? ok(undefined) : checkPublicAddress(host);
  return address.ok ? ok(url) : err(`${address.error} (webhooks.allowPrivateNetworks)`);
}
