import {
  checkSignedData,
  err,
  fromHex,
  type Network,
  networkIdOf,
  ok,
  parseShelleyAddress,
  type Result,
  verifyEd25519,
} from '@x402-facilitator/cardano';
import type { DiscoveryWord } from '@x402-facilitator/shared/wire';

/** How far the time of a word may be from now. */
export const WORD_WITHIN_MS = 600_000;

/** The text that a seller signs. */
export function wordText({
  action,
  resource,
  network,
  payTo,
  at,
}: Omit<DiscoveryWord, 'signature' | 'key'>): string {
  return `x402 discovery: ${action} ${resource} on ${network} for ${payTo} at ${at}`;
}

/** Whether the owner of the paid address said this, and now. */
export function checkWord(
  word: DiscoveryWord,
  network: Network,
  nowMs: number,
): Result<{ readonly atMs: number }, string> {
  const atMs = Date.parse(word.at);
  if (Math.abs(atMs - nowMs) > WORD_WITHIN_MS)
    return err(`at: expected a time within ${WORD_WITHIN_MS / 60_000} minutes of now, found ${word.at}`);
  const address = parseShelleyAddress(word.payTo);
  if (!address.ok) return err(`payTo: ${address.error}`);
  if (networkIdOf(network) !== address.value.networkId)
    return err(`payTo: expected an address of ${network}, found one of another network`);
  const text = wordText(word);
  const signed = checkSignedData({
    signature: fromHex(word.signature) ?? new Uint8Array(),
    key: fromHex(word.key) ?? new Uint8Array(),
    address: address.value,
    payload: new TextEncoder().encode(text),
    payloadName: `the text "${text}"`,
    verify: verifyEd25519,
  });
  return signed.ok ? ok({ atMs }) : err(`signature: ${signed.error}`);
}
