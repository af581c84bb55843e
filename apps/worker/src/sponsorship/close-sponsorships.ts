import type { TxHash } from '@x402-facilitator/cardano';
import type { CloseRequest, Settlement, Sponsorship, UnreadableSponsorship } from '@x402-facilitator/journal';
import { isDeep, lookAtInputs } from '../lookups/index.js';
import type { PoolContext } from './context.js';

/** Far more than the outputs of a pool. */
const LIMIT = 1_000;
/** The longest time between binding a reservation and claiming its settlement. */
const CLAIM_PATIENCE_MS = 60_000;
/** Looks at the chain per round: each may cost two calls. */
const LOOKS_PER_ROUND = 5;

/** How it ended; `open` while that is unknown. */
type End = CloseRequest['as'] | 'open';

/**
 * Closes the sponsorships that have ended. The journal says which payments are on the chain for good; for the others,
 * the chain shows the fate of the lent output. An output returns to the pool only when no block can include its
 * transaction.
 *
 * @returns how many transactions of open sponsorships are in a block.
 */
export async function closeSponsorships(
  context: PoolContext,
  setAside: (record: UnreadableSponsorship) => void,
): Promise<{ readonly included: number }> {
  const { network, store, journal, metrics, logger } = context;
  const bound = (await store.bound(LIMIT)).flatMap((reading) => {
    if (!reading.ok) setAside(reading.error);
    const sponsorship = reading.ok ? reading.value : undefined;
    return sponsorship?.txHash === undefined ? [] : [{ sponsorship, txHash: sponsorship.txHash }];
  });
  const readings = await journal.readMany(
    network,
    bound.map(({ txHash }) => txHash),
  );
  let included = 0;
  let looks = 0;
  for (const [index, { sponsorship, txHash }] of bound.entries()) {
    const reading = readings[index];
    // Its payment may be in flight, so the output stays lent while its record cannot be read.
    if (reading?.ok === false) continue;
    const settlement = reading?.value;
    if (settlement?.block !== undefined) included += 1;
    let as = endByJournal(context, sponsorship, settlement);
    if (as === 'look') {
      looks += 1;
      as = looks > LOOKS_PER_ROUND ? 'open' : await endByChain(context, sponsorship, txHash);
    }
    if (as === 'open') continue;
    const outcome = await store.close({ id: sponsorship.id, txHash, as });
    if (outcome.kind === 'unreadable') setAside(outcome.record);
    if (outcome.kind !== 'closed') continue;
    const { feeLovelace = 0n, lentLovelace = 0n, input } = outcome.sponsorship;
    metrics.closed(network, as, { feeLovelace, lentLovelace });
    logger[as === 'lost' ? 'warn' : 'info'](
      {
        transaction: txHash,
        metadata: { as, input, feeLovelace: `${feeLovelace}`, lentLovelace: `${lentLovelace}` },
      },
      'a sponsorship was closed',
    );
  }
  return { included };
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
    // Without the wallet's signature, the transaction cannot spend the output.
    const maybeUnclaimed = settlement === undefined && now() < boundAtMs + CLAIM_PATIENCE_MS;
    return maybeUnclaimed ? 'open' : 'released';
  }
  // Anyone who has the signed bytes may send them until their TTL.
  return now() < transactionExpiresAtMs + graceMs ? 'open' : 'look';
}

async function endByChain(
  { provider, failureDepth, now, graceMs, logger }: PoolContext,
  { state, input, transactionExpiresAtMs = 0 }: Sponsorship,
  txHash: TxHash,
): Promise<End> {
  const fate = await lookAtInputs(provider, { txHash, inputs: [input] });
  switch (fate.kind) {
    case 'spent-by-itself':
      return state === 'signed' ? 'spent' : 'lost';
    case 'superseded':
      // A rollback gives the output back.
      return (await isDeep(provider, fate.block, failureDepth)) ? 'lost' : 'open';
    case 'unspent':
      return now() < transactionExpiresAtMs + graceMs ? 'open' : 'released';
    case 'unknown':
      logger.debug(
        { transaction: txHash, metadata: { input, why: fate.message } },
        'the fate of an output is unknown',
      );
      return 'open';
  }
}
