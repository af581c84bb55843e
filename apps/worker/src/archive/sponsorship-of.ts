import { ok } from '@x402-facilitator/cardano';
import {
  type Settlement,
  type SponsorshipReading,
  type SponsorshipStore,
  sponsorshipIdSchema,
} from '@x402-facilitator/journal';

/** What the wallet lent to a payment and what came back, in lovelace as text. */
export async function sponsorshipOf(
  { sponsorship: text }: Settlement,
  store: Pick<SponsorshipStore, 'read'>,
  onUnreadable: (reason: string) => void,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const id = sponsorshipIdSchema.safeParse(text);
  const reading: SponsorshipReading = id.success ? await store.read(id.data) : ok(undefined);
  if (!reading.ok) onUnreadable(reading.error.reason);
  const sponsorship = reading.ok ? reading.value : undefined;
  if (sponsorship === undefined) return undefined;
  const { state, input, lovelace, feeLovelace = 0n, lentLovelace = 0n } = sponsorship;
  const isPaid = state === 'signed' || state === 'spent';
  return {
    id: sponsorship.id,
    state,
    input,
    lovelace: lovelace.toString(),
    feeLovelace: (isPaid ? feeLovelace : 0n).toString(),
    lentLovelace: (isPaid ? lentLovelace : 0n).toString(),
    changeLovelace: (isPaid ? lovelace - feeLovelace - lentLovelace : lovelace).toString(),
  };
}
