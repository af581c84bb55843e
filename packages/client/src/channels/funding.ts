import { type BuildFailure, describeFailure } from '@x402-facilitator/cardano/channels';
import { type AssetId, LOVELACE, outRefKey, quantityOf, type Result } from '@x402-facilitator/cardano/ledger';
import type { WalletOutput } from '../chain/index.js';
import { NotEnoughAdaError } from '../payment/index.js';

/** Room for a fee and for change beside what is paid. */
const ROOM_LOVELACE = 2_000_000n;
/** Enough for any fee of a script and for an output that returns the rest. */
const COLLATERAL_LOVELACE = 5_000_000n;
/** So many small outputs of a token are taken along, so that they do not pile up. */
const FOLDED = 10;

type Funding = readonly [WalletOutput, ...WalletOutput[]];

/**
 * Chooses what pays for a transaction: of what is missing, the smallest output that suffices alone, else the largest first,
 * and ADA from outputs without tokens where there are any. A token's outputs are taken together, and come back as one.
 *
 * @param wanted what it takes at least.
 * @throws NotEnoughAdaError when the outputs do not suffice.
 * @throws Error when it cannot be built for another reason.
 */
export function fund<T>(
  available: readonly WalletOutput[],
  wanted: { readonly asset: AssetId; readonly amount: bigint },
  build: (funding: Funding) => Result<T, BuildFailure>,
): T {
  const { asset, amount } = wanted;
  let funding: readonly WalletOutput[] =
    asset === LOVELACE ? [] : foldable(available, asset).slice(0, FOLDED);
  let missing: { readonly asset: AssetId; readonly amount: bigint } | undefined =
    asset === LOVELACE
      ? { asset, amount: amount + ROOM_LOVELACE }
      : { asset, amount: amount - heldIn(funding, asset) };
  for (;;) {
    if (missing.amount > 0n || funding.length === 0) {
      const next = nextFor(missing, available, funding);
      if (next === undefined)
        throw new NotEnoughAdaError(
          `the wallet does not have enough funds: ${missing.amount} ${missing.asset} are missing`,
        );
      funding = [...funding, next];
    }
    const [first, ...rest] = funding;
    if (first === undefined) throw new NotEnoughAdaError('the wallet does not have enough funds');
    const built = build([first, ...rest]);
    if (built.ok) return built.value;
    if (built.error.kind !== 'tooLittle') throw new Error(describe(built.error));
    const { asset: lacking, expected, found } = built.error;
    const lack = expected - found;
    missing = { asset: lacking, amount: lack > 0n ? lack : 1n };
  }
}

/** What a failing script would take: an output of ADA alone, the smallest that is enough. */
export function collateralOf(available: readonly WalletOutput[]): readonly WalletOutput[] {
  const plain = available.filter(({ assets }) => assets.size === 0).toSorted(bySize(LOVELACE));
  const chosen = plain.find(({ lovelace }) => lovelace >= COLLATERAL_LOVELACE) ?? plain.at(-1);
  if (chosen === undefined)
    throw new NotEnoughAdaError(
      'the wallet has no output of ADA alone, which a script needs as collateral: send it 5 ADA',
    );
  return [chosen];
}

/** What is wrong with a transaction that cannot be built, for people. */
export function describe(failure: BuildFailure): string {
  return describeFailure(failure, { wallet: 'the wallet', transaction: 'transaction' });
}

function nextFor(
  { asset, amount }: { readonly asset: AssetId; readonly amount: bigint },
  available: readonly WalletOutput[],
  taken: readonly WalletOutput[],
): WalletOutput | undefined {
  const keys = new Set(taken.map(({ outRef }) => outRefKey(outRef)));
  const left = available.filter(({ outRef }) => !keys.has(outRefKey(outRef)));
  const holders = left.filter((output) => quantityOf(output, asset) > 0n).toSorted(bySize(asset));
  const plain = holders.filter(({ assets }) => assets.size === (asset === LOVELACE ? 0 : 1));
  const enough = (output: WalletOutput) => quantityOf(output, asset) >= amount;
  return plain.find(enough) ?? plain.at(-1) ?? holders.find(enough) ?? holders.at(-1);
}

function foldable(available: readonly WalletOutput[], asset: AssetId): readonly WalletOutput[] {
  return available
    .filter(({ assets }) => assets.size === 1 && assets.has(asset))
    .toSorted(bySize(asset))
    .reverse();
}

function heldIn(outputs: readonly WalletOutput[], asset: AssetId): bigint {
  return outputs.reduce((sum, output) => sum + quantityOf(output, asset), 0n);
}

/** The smaller first, then by name: an order without ties. */
function bySize(asset: AssetId): (left: WalletOutput, right: WalletOutput) => number {
  return (left, right) => {
    const [small, large] = [quantityOf(left, asset), quantityOf(right, asset)];
    if (small !== large) return small < large ? -1 : 1;
    return outRefKey(left.outRef) < outRefKey(right.outRef) ? -1 : 1;
  };
}
