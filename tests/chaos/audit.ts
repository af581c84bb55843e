import type { Journal, Settlement } from '@x402-facilitator/journal';
import type { AppProcess, DevnetSubmission, Stack } from '@x402-facilitator/tools/stack';
import { checkHistory, groupBy, isSuccess, type Verdict } from './check-history.js';
import { type Customers, type Purchase, type Rival, readStatus } from './customers.js';
import type { HistoryWriter } from './history.js';

export type Audit = {
  /** Settlements by the state in which they ended; `refused` were never accepted. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What customers were told, against each other and the ledger. */
  readonly verdict: Verdict;
  /** What is wrong with the journal, which customers may not have seen. */
  readonly mistakes: readonly string[];
};

type LedgerBlock = { readonly hash: string; readonly height: number };

/** The ledger's own facts, read from the devnet without faults once everything is at rest. */
type Ledger = {
  readonly tipHeight: number;
  readonly tipSlot: number;
  readonly submissions: ReadonlyMap<string, DevnetSubmission>;
  blockOf(transaction: string): Promise<LedgerBlock | undefined>;
};

/** Checks the history, and compares the journal with the ledger. The ledger is right. */
export async function auditAll(options: {
  readonly stack: Stack;
  readonly journal: Journal;
  readonly apis: readonly AppProcess[];
  readonly history: HistoryWriter;
  readonly customers: Pick<Customers, 'purchases' | 'rivals' | 'settleAgain'>;
}): Promise<Audit> {
  const { stack, journal, apis, history, customers } = options;
  const { purchases, rivals } = customers;
  const { network } = stack;
  const ledger = await readLedger(stack);
  const mistakes: string[] = [];
  const outcomes: Record<string, number> = {};
  const onLedger = new Set<string>();
  const delivered = new Set(
    history.events.flatMap((event) => (event.kind === 'call' && isSuccess(event) ? [event.transaction] : [])),
  );

  const byTransaction = groupBy(purchases, ({ payment }) => payment.txHash);
  for (const [transaction, asked] of byTransaction) {
    const [first] = asked;
    if (first === undefined) continue;
    const note = (what: string) => mistakes.push(`${transaction} (${first.habit}): ${what}`);
    const reading = await journal.read(network, transaction);
    if (!reading.ok) note(`its record cannot be read: ${reading.error.reason}`);
    const settlement = reading.ok ? reading.value : undefined;
    const block = await ledger.blockOf(transaction);
    const state = settlement?.state ?? 'refused';
    outcomes[state] = (outcomes[state] ?? 0) + 1;

    if (block !== undefined) onLedger.add(transaction);
    for (const api of apis) await readStatus(history, api, transaction);
    // Its success can still be had, or was.
    if (settlement?.state === 'confirmed' && !delivered.has(transaction))
      for (const purchase of asked) await customers.settleAgain(purchase);
    if (settlement !== undefined)
      for (const mistake of mistakesOf(settlement, block, ledger, rivals)) note(mistake);
    for (const mistake of mistakesOfSubmission(ledger.submissions.get(transaction), block)) note(mistake);
  }
  mistakes.push(...(await sharedInputs(purchases, ledger)));
  return { outcomes, verdict: checkHistory(history.events, onLedger), mistakes };
}

function mistakesOf(
  settlement: Settlement,
  block: LedgerBlock | undefined,
  ledger: Ledger,
  rivals: readonly Rival[],
): string[] {
  const { state, proof, requiredConfirmations, ttl } = settlement;
  const mistakes: string[] = [];
  switch (state) {
    case 'confirmed':
      if (block === undefined) mistakes.push('is confirmed, and the ledger does not hold it');
      else {
        if (settlement.block?.hash !== block.hash)
          mistakes.push(
            `is confirmed in block ${settlement.block?.hash}, the ledger has it in ${block.hash}`,
          );
        if (ledger.tipHeight - block.height < requiredConfirmations)
          mistakes.push(
            `is confirmed with ${ledger.tipHeight - block.height} of ${requiredConfirmations} blocks`,
          );
      }
      break;
    case 'failed':
      if (block !== undefined) mistakes.push('is failed, and the ledger holds it');
      if (proof === undefined) {
        if ((ledger.submissions.get(settlement.txHash)?.rejected ?? 0) === 0)
          mistakes.push(`failed without a proof or a refusal: ${settlement.errorMessage}`);
      } else if (proof.kind !== 'superseded')
        mistakes.push(`failed with a proof of another kind: ${proof.kind}`);
      else if (!rivals.some(({ txHash, input }) => txHash === proof.by && input === proof.input))
        mistakes.push(`names ${proof.by} as its rival for ${proof.input}, which is not one`);
      break;
    case 'expired':
      if (block !== undefined) mistakes.push('is expired, and the ledger holds it');
      if (ttl === undefined || ledger.tipSlot < ttl)
        mistakes.push(`is expired at slot ${ledger.tipSlot}, before its TTL ${ttl}`);
      break;
    default:
      mistakes.push(
        `is still ${state} after ${settlement.attempts} attempts: ${settlement.lastProviderMessage}`,
      );
  }
  return mistakes;
}

function mistakesOfSubmission(seen: DevnetSubmission | undefined, block: LedgerBlock | undefined): string[] {
  if (seen === undefined) return block === undefined ? [] : ['is in a block without a submission'];
  const { applied, rolledBack, accepted } = seen;
  const inBlocks = applied - rolledBack;
  const mistakes = inBlocks === (block === undefined ? 0 : 1) ? [] : [`is in ${inBlocks} blocks`];
  // The ledger accepts it again only after a rollback has removed it.
  if (accepted > 1 + rolledBack)
    mistakes.push(`was accepted ${accepted} times with ${rolledBack} rollbacks in between`);
  return mistakes;
}

/** Two payments from one output: the ledger can hold only one, and only one can have succeeded. */
async function sharedInputs(purchases: readonly Purchase[], ledger: Ledger): Promise<string[]> {
  const mistakes: string[] = [];
  for (const [input, sharing] of groupBy(purchases, ({ payment }) => payment.input)) {
    const transactions = [...new Set(sharing.map(({ payment }) => payment.txHash))];
    const blocks = await Promise.all(transactions.map(ledger.blockOf));
    if (blocks.filter((block) => block !== undefined).length > 1) mistakes.push(`${input} was spent twice`);
  }
  return mistakes;
}

async function readLedger({ control, devnet }: Stack): Promise<Ledger> {
  const tip = await control.tip();
  const all = await control.submissions();
  const blocks = new Map<string, Promise<LedgerBlock | undefined>>();
  return {
    tipHeight: tip.height,
    tipSlot: tip.slot,
    submissions: new Map(all.map((submission) => [submission.txHash, submission])),
    blockOf(transaction) {
      const known = blocks.get(transaction) ?? readBlock(devnet.url, transaction);
      blocks.set(transaction, known);
      return known;
    },
  };
}

async function readBlock(url: string, transaction: string): Promise<LedgerBlock | undefined> {
  const response = await fetch(`${url}/txs/${transaction}`);
  if (response.status === 404) return undefined;
  const { block, block_height } = (await response.json()) as { block: string; block_height: number };
  return { hash: block, height: block_height };
}
