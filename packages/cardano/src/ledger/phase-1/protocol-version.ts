import type { ProtocolParameters } from '../facts/protocol-parameters.js';

/** The highest protocol version whose rules are known here. */
export const HIGHEST_JUDGED_PROTOCOL_VERSION = 11;

/**
 * Whether the network runs rules that may differ from those that are judged here.
 *
 * @example
 * isUnknownProtocolVersion({ protocolVersion: { major: 10, minor: 0 } }); // false
 */
export function isUnknownProtocolVersion({
  protocolVersion,
}: Pick<ProtocolParameters, 'protocolVersion'>): boolean {
  return protocolVersion.major > HIGHEST_JUDGED_PROTOCOL_VERSION;
}
