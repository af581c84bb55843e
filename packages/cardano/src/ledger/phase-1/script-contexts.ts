import { outRefKey } from '../primitives/out-ref.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Facts } from './phase-1-facts.js';
import type { Phase1Rule } from './rule.js';

/** No script can be shown a Byron address. */
function byronAddresses({ spent, referenced, transaction }: Phase1Facts): LedgerFailure[] {
  const known = [...spent, ...referenced].map(({ output, address }) => ({ text: output.address, address }));
  const created = transaction.outputs.map((output) => ({
    text: output.address,
    address: output.parsedAddress,
  }));
  return [...known, ...created]
    .filter(({ address }) => address?.kind === 'byron')
    .map(({ text }) =>
      phase1('ByronTxOutInContext', `expected no Byron address beside Plutus scripts, found ${text}`),
    );
}

/** Plutus V1 knows no inline datums. Reference inputs and reference scripts it is not shown since Conway. */
function inlineDatums({ spent, referenced, transaction }: Phase1Facts): LedgerFailure[] {
  const known = [...spent, ...referenced].flatMap(({ output }) =>
    output.inlineDatum === undefined ? [] : outRefKey(output.outRef),
  );
  const created = transaction.outputs.flatMap(({ datum }, index) =>
    datum?.kind === 'inline' ? `output ${index}` : [],
  );
  return [...known, ...created].map((name) =>
    phase1(
      'InlineDatumsNotSupported',
      `expected no inline datum beside a Plutus V1 script, found one on ${name}`,
    ),
  );
}

/** From protocol version 11 on an output may be spent and referenced, but Plutus V3 is not shown that. */
function overlap({ transaction, parameters }: Phase1Facts): LedgerFailure[] {
  if (parameters.protocolVersion.major < 11) return [];
  const spent = new Set(transaction.inputs.map(outRefKey));
  const both = transaction.referenceInputs.map(outRefKey).filter((key) => spent.has(key));
  return both.map((key) =>
    phase1(
      'ReferenceInputsNotDisjointFromInputs',
      `expected inputs and reference inputs to be disjoint beside a Plutus V3 script, found ${key} in both`,
    ),
  );
}

/** What a Plutus script is shown of the transaction can be put in its language's words. */
export const scriptContexts: Phase1Rule = {
  name: 'Plutus scripts can be shown the transaction',
  predicates: [
    'NoCostModel',
    'ByronTxOutInContext',
    'InlineDatumsNotSupported',
    'ReferenceInputsNotDisjointFromInputs',
  ],
  source: 'Alonzo Utxos `CollectErrors`; Conway TxInfo `transTxOutV1`, `toPlutusTxInfo`',
  check(facts) {
    if (facts.transaction.redeemers.length === 0) return [];
    const languages = facts.scripts.plutusLanguages;
    const unpriced = [...languages].filter((name) => facts.parameters.costModels[name] === undefined);
    return [
      ...unpriced.map((name) => phase1('NoCostModel', `expected a cost model for ${name}, found none`)),
      ...(languages.size > 0 ? byronAddresses(facts) : []),
      ...(languages.has('plutusV1') ? inlineDatums(facts) : []),
      ...(languages.has('plutusV3') ? overlap(facts) : []),
    ];
  },
};
