import { type LedgerFailure, type LedgerInput, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The protocol version whose nodes read other encodings than those before. */
const NEXT_ENCODING = 12;

/** What the decoder lets through that a node of this protocol version cannot read. */
export function encodingFailures({
  transaction,
  parameters: {
    protocolVersion: { major },
  },
}: Pick<LedgerInput, 'transaction' | 'parameters'>): LedgerFailure[] {
  const failures: LedgerFailure[] = [];
  if (!transaction.statesPhase2Flag && major < NEXT_ENCODING)
    failures.push(
      phase1(
        'DecoderFailure',
        `expected a transaction of four parts, found three, which nodes read from protocol version ${NEXT_ENCODING} on`,
      ),
    );
  if (transaction.hasDuplicateRedeemers && major >= NEXT_ENCODING)
    failures.push(
      phase1('DecoderFailure', 'expected one redeemer for each purpose and index, found two for the same'),
    );
  return failures;
}

/** Before protocol version 12 a node takes the last of two redeemers for the same purpose and index. */
export const encoding: Phase1Rule = {
  name: 'nodes of this protocol version can read it',
  predicates: ['DecoderFailure'],
  source: 'Conway and Dijkstra decoders',
  check: encodingFailures,
};
