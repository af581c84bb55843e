import {
  type BuildFailure,
  buildClaim,
  type ChannelTransaction,
  describeFailure,
  type ValidatorSource,
} from '@x402-facilitator/cardano/channels';
import {
  assembleWitness,
  blake2b224,
  type ChainOutput,
  fromHex,
  type Network,
  type NetworkFacts,
  outRefKey,
  type Result,
  slot,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import type { Owed } from './batches.js';
import type { ProviderKeys } from './settings.js';

/** What claims of one round are built from. */
export type ClaimContext = {
  readonly network: Network;
  readonly facts: NetworkFacts;
  readonly validator: ValidatorSource;
  readonly tipSlot: number;
  readonly validForSeconds: number;
  readonly belowMinimum: 'wait' | 'add';
  readonly keys: ProviderKeys;
};

type Wallet = readonly ChainOutput[];

/** Enough for any fee of a script and for an output that returns the rest. */
const COLLATERAL_LOVELACE = 5_000_000n;
const CLOSE_PERIOD_PART = 3;

/** Builds one claim, with as few outputs of the manager's own as it takes. A closed channel does not wait for min-UTxO. */
export function claimOf(
  context: ClaimContext,
  owed: readonly Owed[],
  wallet: Wallet,
): Result<ChannelTransaction, BuildFailure> {
  const sorted = wallet.toSorted(plainAndLargeFirst);
  const collateral = collateralOf(sorted);
  const isUrgent = owed.some(({ closedAt }) => closedAt > 0);
  const shortest = Math.min(...owed.map(({ closePeriodSeconds }) => closePeriodSeconds / CLOSE_PERIOD_PART));
  const ttl = slot(context.tipSlot + Math.floor(Math.min(context.validForSeconds, shortest)));
  for (let count = 1; ; count += 1) {
    const built = buildClaim({
      network: context.network,
      facts: context.facts,
      validator: context.validator,
      funding: sorted.slice(0, count),
      collateral,
      changeAddress: context.keys.address,
      ttl,
      channels: owed.map(({ claimed }) => claimed),
      payTo: owed[0]?.receiver ?? '',
      belowMinimum: isUrgent || context.belowMinimum === 'add' ? 'add' : 'refuse',
    });
    const canAdd = !built.ok && built.error.kind === 'tooLittle' && count < sorted.length;
    if (!canAdd) return built;
  }
}

function plainAndLargeFirst(left: ChainOutput, right: ChainOutput): number {
  if (left.assets.size !== right.assets.size) return left.assets.size - right.assets.size;
  if (left.lovelace !== right.lovelace) return left.lovelace > right.lovelace ? -1 : 1;
  return outRefKey(left.outRef) < outRefKey(right.outRef) ? -1 : 1;
}

/** The smallest output of ADA alone that is enough, else the largest. */
function collateralOf(sorted: Wallet): Wallet {
  const plain = sorted.filter(({ assets }) => assets.size === 0);
  const chosen = plain.findLast(({ lovelace }) => lovelace >= COLLATERAL_LOVELACE) ?? plain[0];
  return chosen === undefined ? [] : [chosen];
}

/** @throws Error when a key that must sign did not. */
export async function signed({ bytes, id, requiredKeyHashes }: ChannelTransaction, keys: ProviderKeys) {
  const witnesses = await keys.sign(bytes, fromHex(id) ?? new Uint8Array());
  const have = new Set(witnesses.map(({ publicKey }) => toHex(blake2b224(publicKey))));
  const missing = requiredKeyHashes.filter((each) => !have.has(each));
  if (missing.length > 0) throw new Error(`expected signatures of ${missing.join(', ')}, found none`);
  return witnesses.reduce(
    (transaction, { publicKey, signature }) => assembleWitness(transaction, publicKey, signature),
    bytes,
  );
}

/** The wallet after a claim of its own. */
export function walletAfter(
  wallet: Wallet,
  transaction: ChannelTransaction,
  spent: ReadonlySet<string>,
  address: string,
): Wallet {
  const kept = wallet.filter(({ outRef }) => !spent.has(outRefKey(outRef)));
  return [...kept, ...transaction.outputs.filter((output) => output.address === address)];
}

/** What is wrong with a claim that cannot be built, for people. */
export function describe(failure: BuildFailure): string {
  return describeFailure(failure, { wallet: "the claims' wallet", transaction: 'claim' });
}
