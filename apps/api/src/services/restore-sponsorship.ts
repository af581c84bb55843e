import {
  type ChainOutput,
  type ChainPoint,
  decodeTransaction,
  err,
  type Network,
  ok,
  outRefKey,
  type Result,
  SPONSORSHIP_EXTENSION,
  slotStartMs,
  type TxHash,
} from '@x402-facilitator/cardano';
import { type SponsorshipStore, sponsorshipIdSchema } from '@x402-facilitator/journal';
import type { PaymentRequestBody } from '@x402-facilitator/shared/wire';
import { z } from 'zod';
import type { ServedNetwork } from './served-networks.js';

/**
 * Puts a sponsored payment, whose reservation was lost with the journal, back on the books: from the ledger, which holds it.
 * Does nothing for a payment without a reservation.
 *
 * @returns why the books go without it.
 * @throws JournalUnavailableError, ChainProviderError.
 */
export type RestoreSponsorship = (
  request: PaymentRequestBody,
  served: Pick<ServedNetwork, 'network' | 'chain'>,
  found: { readonly txHash: TxHash; readonly payer: string; readonly block: ChainPoint },
) => Promise<Result<undefined, string>>;

const extensionSchema = z.object({ info: z.object({ id: sponsorshipIdSchema }) });

export function createRestoreSponsorship({
  stores,
}: {
  readonly stores: ReadonlyMap<Network, SponsorshipStore>;
}): RestoreSponsorship {
  return async ({ paymentPayload }, { network, chain }, { txHash, payer, block }) => {
    const extension = extensionSchema.safeParse(paymentPayload.extensions?.[SPONSORSHIP_EXTENSION]);
    const store = stores.get(network);
    const decoded = decodeTransaction(Buffer.from(String(paymentPayload.payload.transaction), 'base64'));
    if (!extension.success || store === undefined || !decoded.ok || decoded.value.id !== txHash)
      return ok(undefined);
    const { id } = extension.data.info;
    const known = await store.read(id);
    if (!known.ok || known.value !== undefined) return ok(undefined);
    const pool = await store.readPool();
    if (!pool.ok || pool.value === undefined) return err('no worker keeps a pool');
    const { changeAddress } = pool.value;

    const { inputs, outputs, fee, ttl } = decoded.value;
    const own: ChainOutput[] = [];
    // One by one: looking up many ends at the first that is spent.
    for (const input of inputs) {
      const fact = (await chain.readOutputs([input], { fresh: true })).get(outRefKey(input));
      if (fact !== undefined && 'output' in fact && fact.output.address === changeAddress)
        own.push(fact.output);
    }
    const [lent, ...more] = own;
    if (lent === undefined || more.length > 0 || ttl === undefined)
      return err('it does not spend one output of the wallet');
    const returned = outputs
      .filter(({ address }) => address === changeAddress)
      .reduce((sum, { lovelace }) => sum + lovelace, 0n);
    const cost = lent.lovelace - returned;
    const { timeline } = await chain.facts.get();
    const outcome = await store.restore({
      id,
      txHash,
      payer,
      input: outRefKey(lent.outRef),
      lovelace: lent.lovelace,
      changeAddress,
      // The books do not gain what the payer added to the change.
      feeLovelace: cost < fee ? max(cost, 0n) : fee,
      lentLovelace: max(cost - fee, 0n),
      signedAtMs: slotStartMs(timeline, block.slot),
      transactionExpiresAtMs: slotStartMs(timeline, ttl),
    });
    return outcome.kind === 'unreadable' ? err(outcome.reason) : ok(undefined);
  };
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
