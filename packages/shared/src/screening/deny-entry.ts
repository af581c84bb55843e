import {
  type Address,
  err,
  ok,
  parseAddress,
  parseRewardAddress,
  type Result,
} from '@x402-facilitator/cardano';

/** One line of a deny-list. */
export type DenyEntry = {
  /** As it is kept and listed: bech32 and hex in lower case. */
  readonly text: string;
  /** What is denied: hashes of 28 bytes as lowercase hex, a key's, a script's or a Byron address's root. At least one. */
  readonly credentials: readonly string[];
};

const CREDENTIAL = /^[0-9a-f]{56}$/i;
const MAX_QUOTED = 120;

/**
 * Reads an address or a credential. An address stands for its credentials: another address of the same owner is denied with it.
 *
 * @returns the entry, or what was expected and what was found.
 */
export function readDenyEntry(text: string): Result<DenyEntry, string> {
  if (CREDENTIAL.test(text)) {
    const hash = text.toLowerCase();
    return ok({ text: hash, credentials: [hash] });
  }
  if (/^stake(_test)?1/i.test(text)) {
    const stake = parseRewardAddress(text);
    if (!stake.ok) return mistake(text, stake.error);
    return ok({ text: text.toLowerCase(), credentials: [stake.value.hash] });
  }
  const address = parseAddress(text);
  if (!address.ok) return mistake(text, address.error);
  return ok({ text: address.value.text, credentials: credentialsOf(address.value) });
}

/** Who may spend what an address holds, and whose stake it is. */
export function credentialsOf(address: Address): readonly string[] {
  if (address.kind === 'byron') return [address.root];
  const { payment, stake } = address;
  const isPlain = stake === undefined || stake.kind === 'pointer' || stake.hash === payment.hash;
  return isPlain ? [payment.hash] : [payment.hash, stake.hash];
}

function mistake(text: string, reason: string): Result<never, string> {
  const found = JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
  return err(`expected an address (addr…, stake… or base58) or 56 hex characters, found ${found}: ${reason}`);
}
