import type { TxHash } from '@x402-facilitator/cardano';
import type { CloseRequest, Settlement, Sponsorship } from '@x402-facilitator/journal';
import { lookAtInputs } from '../lookups/index.js';
import type { PoolContext } from './context.js';

/** Far more than a pool has outputs. */
const LIMIT = 1_000;
/** Between the reservation that a transaction gets and the claim of its settlement. */
const CLAIM_PATIENCE_MS = 60_000;
/** Looks at the chain per round: each may cost two calls. */
const LOOKS_PER_ROUND = 5;

/** How it ended; `open` while nobody can say. */
type End = CloseRequest['as'] | 'open';

/**
 * Ends what is over: the journal says which payments landed for good, and the chain what became of the output of one that
 * did not. An output comes back only when its transaction can no longer land.
 *
 * @returns how many transactions of open sponsorships are in a block.
 */
export async function closeSponsorships(context: PoolContext): Promise<{ readonly landed: number }> {
  const { network, store, journal, metrics, logger } = context;
  const bound = (await store.bound(LIMIT)).flatMap((sponsorship) =>
    sponsorship.transaction === undefined ? [] : [{ sponsorship, transaction: sponsorship.transaction }],
  );
  const settlements = await journal.readMany(
    network,
    bound.map(({ transaction }) => transaction),
  );
  let landed = 0;
  let looks = 0;
  for (const [index, { sponsorship, transaction }] of bound.entries()) {
    const settlement = settlements[index];
    if (settlement?.block !== undefined) landed += 1;
    let as = endByJournal(context, sponsorship, settlement);
    if (as === 'look') {
      looks += 1;
      as = looks > LOOKS_PER_ROUND ? 'open' : await endByChain(context, sponsorship, transaction);
    }
    if (as === 'open') continue;
    const outcome = await store.close({ id: sponsorship.id, transaction, as });
    if (outcome.kind !== 'closed') continue;
    const { feeLovelace = 0n, lentLovelace = 0n, input } = outcome.sponsorship;
    metrics.closed(network, as, { feeLovelace, lentLovelace });
    logger[as === 'lost' ? 'warn' : 'info'](
      {
        transaction,
        metadata: { as, input, feeLovelace: `${feeLovelace}`, lentLovelace: `${lentLovelace}` },
      },
      'a lent output came to its end',
    );
  }
  return { landed };
}

function endByJournal(
  { now, graceMs }: PoolContext,
  { state, boundAtMs = 0, transactionExpiresAtMs = 0 }: Sponsorship,
  settlement: Settlement | undefined,
): End | 'look' {
  if (settlement?.state === 'confirmed' && settlement.finalAtMs !== undefined)
    return state === 'signed' ? 'spent' : 'look';
  const isOver = settlement === undefined || settlement.finalAtMs !== undefined;
  if (!isOver) return 'open';
  if (state === 'bound') {
    // Nobody signed it, so nobody can spend the output with it.
    const maybeUnclaimed = settlement === undefined && now() < boundAtMs + CLAIM_PATIENCE_MS;
    return maybeUnclaimed ? 'open' : 'released';
  }
  // Whoever has the signed bytes may send them until their TTL.
  return now() < transactionExpiresAtMs + graceMs ? 'open' : 'look';
}

async function endByChain(
  { provider, now, graceMs, logger }: PoolContext,
  { state, input, transactionExpiresAtMs = 0 }: Sponsorship,
  transaction: TxHash,
): Promise<End> {
  const fate = await lookAtInputs(provider, { transaction, inputs: [input] });
  switch (fate.kind) {
    case 'spent-by-itself':
      return state === 'signed' ? 'spent' : 'lost';
    case 'superseded':
      return 'lost';
    case 'unspent':
      return now() < transactionExpiresAtMs + graceMs ? 'open' : 'released';
    case 'unknown':
      logger.debug(
        { transaction, metadata: { input, why: fate.message } },
        'the fate of an output is unknown',
      );
      return 'open';
  }
}
