import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The witness set carries the scripts that are needed and that no spent or referenced output brings along, and no others. */
export const scriptWitnesses: Phase1Rule = {
  name: 'scripts are there exactly when they are needed',
  predicates: ['MissingScriptWitnessesUTXOW', 'ExtraneousScriptWitnessesUTXOW'],
  source: 'Babbage Utxow `babbageMissingScripts`',
  check({ transaction, scripts: { neededHashes, onOutputs, provided } }) {
    const missing = [...neededHashes].filter((hash) => !provided.has(hash));
    const carried = new Set(transaction.scriptWitnesses.map(({ hash }) => hash));
    const extraneous = [...carried].filter((hash) => !neededHashes.has(hash) || onOutputs.has(hash));
    return [
      ...missing.map((hash) =>
        phase1('MissingScriptWitnessesUTXOW', `expected script ${hash} as a witness, found none`),
      ),
      ...extraneous.map((hash) => {
        const why = onOutputs.has(hash) ? 'which an output brings along' : 'which nothing asks for';
        const message = `expected no witness for script ${hash}, ${why}, found one`;
        return phase1('ExtraneousScriptWitnessesUTXOW', message);
      }),
    ];
  },
};
