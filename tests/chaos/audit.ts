import type { Journal, Settlement } from '@x402-facilitator/journal';
import type { DevnetSubmission, Stack } from '@x402-facilitator/tools/stack';
import type { Purchase, Rival } from './customers.js';

export type Audit = {
  /** Settlements by the state in which they ended; `refused` were never accepted. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly doubled: number;
  readonly falseSuccesses: number;
  readonly violations: readonly string[];
};

type LedgerBlock = { readonly hash: string; readonly height: number };

/** The ledger's own facts, read from the devnet without faults once everything is at rest. */
type Ledger = {
  readonly tipHeight: number;
  readonly tipSlot: number;
  readonly submissions: ReadonlyMap<string, DevnetSubmission>;
  blockOf(transaction: string): Promise<LedgerBlock | undefined>;
};

/**
 * Compares the answers that customers got, the journal and the answers of every API with the ledger. The ledger is
 * right.
 */
export async function auditAll(options: {
  readonly stack: Stack;
  readonly journal: Journal;
  readonly apiUrls: readonly string[];
  readonly purchases: readonly Purchase[];
  readonly rivals: readonly Rival[];
}): Promise<Audit> {
  const { stack, journal, apiUrls, purchases, rivals } = options;
  const { network } = stack;
  const ledger = await readLedger(stack);
  const violations: string[] = [];
  const outcomes: Record<string, number> = {};
  let lost = 0;
  let doubled = 0;
  let falseSuccesses = 0;

  const byTransaction = groupBy(purchases, ({ payment }) => payment.txHash);
  for (const [transaction, asked] of byTransaction) {
    const [first] = asked;
    if (first === undefined) continue;
    const violate = (what: string) => violations.push(`${transaction} (${first.habit}): ${what}`);
    const reading = await journal.read(network, transaction);
    if (!reading.ok) violate(`its record cannot be read: ${reading.error.reason}`);
    const settlement = reading.ok ? reading.value : undefined;
    const block = await ledger.blockOf(transaction);
    const state = settlement?.state ?? 'refused';
    outcomes[state] = (outcomes[state] ?? 0) + 1;

    if (settlement === undefined && asked.some(({ accepted }) => accepted)) {
      lost += 1;
      violate('was accepted, and the journal does not know it');
    }
    for (const { delivered, key, resource } of asked) {
      if (delivered > 1 && key === undefined) {
        doubled += 1;
        violate(`its success was delivered ${delivered} times for ${resource}`);
      }
    }
    const paid = asked.filter(({ delivered }) => delivered > 0);
    if (paid.length > 1) {
      doubled += 1;
      violate(`it paid for ${paid.map(({ resource }) => resource).join(' and ')}`);
    }
    if (paid.length > 0 && block === undefined) {
      falseSuccesses += 1;
      violate('success was delivered, and the ledger does not hold it');
    }
    if (settlement !== undefined) {
      for (const mistake of mistakesOf(settlement, block, ledger, rivals)) violate(mistake);
      for (const url of apiUrls) {
        const mistake = await compareStatus(url, settlement);
        if (mistake !== undefined) violate(mistake);
      }
    }
    for (const mistake of mistakesOfSubmission(ledger.submissions.get(transaction), block)) violate(mistake);
  }
  for (const mistake of await sharedInputs(purchases, ledger)) violations.push(mistake);
  return { outcomes, lost, doubled, falseSuccesses, violations };
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
      if (ledger.tipSlot < ttl) mistakes.push(`is expired at slot ${ledger.tipSlot}, before its TTL ${ttl}`);
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

async function compareStatus(apiUrl: string, settlement: Settlement): Promise<string | undefined> {
  const response = await fetch(`${apiUrl}/status/${settlement.txHash}`);
  const body = (await response.json()) as Record<string, unknown>;
  return body.state === settlement.state
    ? undefined
    : `${apiUrl} says ${body.state ?? response.status}, the journal says ${settlement.state}`;
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

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}
