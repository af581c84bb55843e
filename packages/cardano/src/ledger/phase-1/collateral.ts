import type { AssetId } from '../primitives/asset.js';
import { outRefKey } from '../primitives/out-ref.js';
import type { Value } from '../transaction/transaction.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Facts } from './phase-1-facts.js';
import type { Phase1Rule } from './rule.js';

/** What a failing script would take: what the collateral holds, without what comes back. */
function balanceOf({ collateral, transaction: { collateralReturn } }: Phase1Facts) {
  let lovelace = 0n;
  const assets = new Map<AssetId, bigint>();
  const add = (value: Value, sign: 1n | -1n) => {
    lovelace += sign * value.lovelace;
    for (const [asset, quantity] of value.assets)
      assets.set(asset, (assets.get(asset) ?? 0n) + sign * quantity);
  };
  for (const { output } of collateral) add(output, 1n);
  if (collateralReturn !== undefined) add(collateralReturn, -1n);
  return { lovelace, isAdaOnly: [...assets.values()].every((quantity) => quantity === 0n) };
}

function tooMany({ transaction, parameters: { maxCollateralInputs } }: Phase1Facts): LedgerFailure[] {
  const count = new Set(transaction.collateralInputs.map(outRefKey)).size;
  if (count <= maxCollateralInputs) return [];
  const message = `expected at most ${maxCollateralInputs} collateral inputs, found ${count}`;
  return [phase1('TooManyCollateralInputs', message)];
}

/** Only a transaction that runs Plutus scripts has collateral to lose. */
function insufficient(facts: Phase1Facts): LedgerFailure[] {
  const { transaction, parameters, collateral } = facts;
  if (transaction.redeemers.length === 0) return [];
  const failures: LedgerFailure[] = [];
  if (collateral.length === 0)
    failures.push(phase1('NoCollateralInputs', 'expected at least one collateral input, found none'));
  for (const { output, address } of collateral) {
    if (address?.kind === 'byron' || (address?.kind === 'shelley' && address.payment.kind === 'key'))
      continue;
    const message = `expected collateral that keys guard, found ${outRefKey(output.outRef)} at ${output.address}`;
    failures.push(phase1('ScriptsNotPaidUTxO', message));
  }
  const { lovelace, isAdaOnly } = balanceOf(facts);
  if (!isAdaOnly)
    failures.push(
      phase1('CollateralContainsNonADA', 'expected collateral of lovelace alone, found native assets in it'),
    );
  const percentage = BigInt(parameters.collateralPercentage);
  if (lovelace * 100n < transaction.fee * percentage) {
    const expected = (transaction.fee * percentage + 99n) / 100n;
    const message = `expected collateral of at least ${expected} lovelace, found ${lovelace}`;
    failures.push(phase1('InsufficientCollateral', message));
  }
  const { totalCollateral } = transaction;
  if (totalCollateral !== undefined && totalCollateral !== lovelace) {
    const message = `expected a total collateral of ${lovelace} lovelace, found ${totalCollateral}`;
    failures.push(phase1('IncorrectTotalCollateralField', message));
  }
  return failures;
}

/** From protocol version 12 on, what comes back may not lie at an address with a pointer, collateral or not. */
function pointerReturn({ transaction: { collateralReturn }, parameters }: Phase1Facts): LedgerFailure[] {
  const address = collateralReturn?.parsedAddress;
  if (parameters.protocolVersion.major < 12 || address?.kind !== 'shelley') return [];
  if (address.stake?.kind !== 'pointer') return [];
  const message = `expected a collateral return without a pointer in its address, found ${address.text}`;
  return [phase1('PtrPresentInCollateralReturn', message)];
}

export const collateral: Phase1Rule = {
  name: 'collateral is there for Plutus scripts, and enough',
  predicates: [
    'TooManyCollateralInputs',
    'NoCollateralInputs',
    'InsufficientCollateral',
    'ScriptsNotPaidUTxO',
    'CollateralContainsNonADA',
    'IncorrectTotalCollateralField',
    'PtrPresentInCollateralReturn',
  ],
  source:
    'Babbage Utxo `validateTotalCollateral`; Alonzo Utxo `validateTooManyCollateralInputs`; Dijkstra Utxo `validateNoPtrInCollateralReturn`',
  check: (facts) => [...insufficient(facts), ...tooMany(facts), ...pointerReturn(facts)],
};
