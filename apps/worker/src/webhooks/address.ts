import { isIP } from 'node:net';
import { DONE, err, type Result } from '@x402-facilitator/cardano';
import ipaddr from 'ipaddr.js';

/** What the internet has given out of IPv6. Forms that carry an IPv4 address, such as NAT64's, are outside, or named below. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');
/** Public by its number, and yet the cloud's own: Azure's machines reach their host there. */
const CLOUDS_OWN: ReadonlySet<string> = new Set(['168.63.129.16']);

/** Whether an address is one of the public internet; the error says what else it is. */
export function checkPublicAddress(text: string): Result<undefined, string> {
  if (isIP(text) === 0) return err(`${text} is no address`);
  const address = ipaddr.parse(text);
  const range = CLOUDS_OWN.has(text) ? 'the cloud’s own' : address.range();
  if (range !== 'unicast') return err(`${text} is not on the public internet (${range})`);
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_IPV6))
    return err(`${text} is not on the public internet`);
  return DONE;
}
