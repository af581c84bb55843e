import { outRefKey } from '../primitives/out-ref.js';
import { allOutputs } from './inputs-and-outputs.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Facts, ResolvedOutput } from './phase-1-facts.js';
import type { Phase1Rule } from './rule.js';

/** The Plutus script that guards an output, where it is there. */
function plutusLock({ address }: ResolvedOutput, { scripts }: Phase1Facts) {
  if (address?.kind !== 'shelley' || address.payment.kind !== 'script') return undefined;
  const script = scripts.provided.get(address.payment.hash);
  return script === undefined || script.language === 'native' ? undefined : script.language;
}

/** Hashes of datums that may be shown though nothing needs them: of new outputs and of referenced ones. */
function supplementalHashes({ transaction, referenced }: Phase1Facts): Set<string> {
  const created = allOutputs(transaction).flatMap(({ datum }) => (datum?.kind === 'hash' ? datum.hash : []));
  return new Set([...created, ...referenced.flatMap(({ output }) => output.datumHash ?? [])]);
}

/** What Plutus scripts are to be shown of the outputs that they guard. */
export const datums: Phase1Rule = {
  name: 'datums are there exactly when they are needed',
  predicates: ['UnspendableUTxONoDatumHash', 'MissingRequiredDatums', 'NotAllowedSupplementalDatums'],
  source: 'Alonzo Utxow `missingRequiredDatums`; CIP-69',
  check(facts) {
    const { transaction, spent } = facts;
    const failures: LedgerFailure[] = [];
    const required = new Set<string>();
    for (const resolved of spent) {
      const language = plutusLock(resolved, facts);
      const { outRef, datumHash, inlineDatum } = resolved.output;
      if (language === undefined || inlineDatum !== undefined) continue;
      if (datumHash !== undefined) required.add(datumHash);
      // Plutus V3 spends without a datum.
      else if (language !== 'plutusV3')
        failures.push(
          phase1(
            'UnspendableUTxONoDatumHash',
            `expected ${outRefKey(outRef)}, which a ${language} script guards, to have a datum, found none`,
          ),
        );
    }
    const shown = new Set(transaction.datumWitnesses.map(({ hash }) => hash));
    for (const hash of required)
      if (!shown.has(hash))
        failures.push(phase1('MissingRequiredDatums', `expected the datum ${hash} as a witness, found none`));
    const supplemental = supplementalHashes(facts);
    for (const hash of shown)
      if (!required.has(hash) && !supplemental.has(hash))
        failures.push(
          phase1(
            'NotAllowedSupplementalDatums',
            `expected no witness for datum ${hash}, which nothing asks for, found one`,
          ),
        );
    return failures;
  },
};
