import {
  parseAddress,
  parseOutRef,
  type ShelleyAddress,
  type SponsorshipFact,
  type TxHash,
} from '@x402-facilitator/cardano';
import { JournalCorruptError } from '../redis/index.js';
import type { SponsorshipReading } from './sponsorship.js';

/**
 * What a reservation allows to a transaction that names it, in the form that the rules expect. It never allows more
 * than this process's own configuration, even if the record does.
 *
 * @param options.walletAddress the worker's: it refuses another wallet's reservation.
 * @throws JournalCorruptError when the record names no output or no address.
 */
export function sponsorshipFactOf(
  reading: SponsorshipReading,
  options: {
    readonly txHash: TxHash;
    /** The most that this process's own configuration pays. Lovelace. */
    readonly policy: { readonly maxFeeLovelace: bigint; readonly minAdaLovelace: bigint };
    readonly walletAddress?: string;
  },
): SponsorshipFact {
  const { txHash, policy, walletAddress } = options;
  if (!reading.ok) return { kind: 'unavailable', reason: 'its record cannot be read' };
  const { value: sponsorship } = reading;
  if (sponsorship === undefined) return { kind: 'unknown' };
  const { state, txHash: boundTo } = sponsorship;
  if (boundTo !== undefined && boundTo !== txHash) return { kind: 'used', by: boundTo };
  if (state === 'expired' || state === 'released' || state === 'lost') return { kind: 'expired' };
  const changeAddress = shelley(sponsorship.changeAddress);
  if (walletAddress !== undefined && shelley(walletAddress).text !== changeAddress.text)
    return { kind: 'unavailable', reason: `the output belongs to another wallet, ${changeAddress.text}` };
  const outRef = parseOutRef(sponsorship.input);
  if (outRef === undefined)
    throw new JournalCorruptError(`Expected an output in sponsorship ${sponsorship.id}`);
  return {
    kind: 'reserved',
    input: {
      outRef,
      lovelace: sponsorship.lovelace,
      changeAddress,
      maxFeeLovelace: smaller(sponsorship.maxFeeLovelace, policy.maxFeeLovelace),
      minAdaLovelace: smaller(sponsorship.minAdaLovelace, policy.minAdaLovelace),
      payer: sponsorship.payer,
    },
  };
}

function shelley(text: string): ShelleyAddress {
  const address = parseAddress(text);
  if (address.ok && address.value.kind === 'shelley' && address.value.payment.kind === 'key')
    return address.value;
  throw new JournalCorruptError(`Expected the address of a wallet in the pool, found ${text}`);
}

function smaller(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}
