import { fromHex } from '../primitives/hex.js';
import { nativeScriptHolds } from './native-script.js';
import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** Native scripts that guard inputs or mints hold, wherever they come from. */
export const nativeScripts: Phase1Rule = {
  name: 'native scripts hold over the validity interval',
  predicates: ['ScriptWitnessNotValidatingUTXOW'],
  source: 'Babbage Utxow `validateFailedBabbageScripts`; Allegra Scripts `evalTimelock`',
  check({ transaction: { validityStart, ttl }, signers, scripts: { neededHashes, provided } }) {
    return [...neededHashes].flatMap((hash) => {
      const script = provided.get(hash);
      if (script?.language !== 'native') return [];
      const bytes = fromHex(script.bytes) ?? new Uint8Array();
      if (nativeScriptHolds(bytes, { signers, validityStart, ttl })) return [];
      const interval = `[${validityStart ?? '-∞'}, ${ttl ?? '∞'})`;
      const message = `expected native script ${hash} to hold for the signatures and the validity interval ${interval}, found that it does not`;
      return [phase1('ScriptWitnessNotValidatingUTXOW', message)];
    });
  },
};
