import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

const IPV6_PREFIX_GROUPS = 4;

/**
 * What limits count an address as. A subscriber gets a whole IPv6 /64, so its addresses are one caller. An IPv4 address is
 * itself, however it is written.
 */
export function networkOf(ip: string): string {
  if (isIPv4(ip)) return ip;
  // A proxy that is trusted may write anything.
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  const prefix = address.parts.slice(0, IPV6_PREFIX_GROUPS).map((group) => group.toString(16));
  return `${prefix.join(':')}::/64`;
}
