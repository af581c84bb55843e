import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** Each Plutus script that is needed has its redeemer, and no redeemer points elsewhere. */
export const redeemers: Phase1Rule = {
  name: 'every Plutus script that is needed has one redeemer',
  predicates: ['MissingRedeemers', 'ExtraRedeemers'],
  source: 'Alonzo Utxow `hasExactSetOfRedeemers`',
  check({ transaction, scripts: { needed, provided } }) {
    const pointers = new Map<string, string>(
      needed.flatMap(({ purpose, index, hash }) => {
        const script = provided.get(hash);
        return script === undefined || script.language === 'native'
          ? []
          : [[`${purpose} ${index}`, hash] as const];
      }),
    );
    const there = new Set<string>(transaction.redeemers.map(({ purpose, index }) => `${purpose} ${index}`));
    return [
      ...[...there]
        .filter((pointer) => !pointers.has(pointer))
        .map((pointer) =>
          phase1(
            'ExtraRedeemers',
            `expected no redeemer to ${pointer}, which no Plutus script guards, found one`,
          ),
        ),
      ...[...pointers]
        .filter(([pointer]) => !there.has(pointer))
        .map(([pointer, hash]) =>
          phase1(
            'MissingRedeemers',
            `expected a redeemer to ${pointer} for Plutus script ${hash}, found none`,
          ),
        ),
    ];
  },
};
