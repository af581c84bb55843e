import type { Scheme, SchemeCodes, SchemeRegistry } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import { failureOf } from '@x402-facilitator/shared/wire';
import type { Tone } from './layout.js';

/** The headline of a page. */
export type Words = { readonly tone: Tone; readonly headline: string; readonly lead: string };

/** A settlement in words for payers and sellers, who need not know about queues. */
export function wordsOf(settlement: Settlement, schemes: SchemeRegistry): Words {
  const { state, block } = settlement;
  switch (state) {
    case 'queued':
      return busy('Payment accepted', 'It is about to be sent to Cardano.');
    case 'submitting':
      return busy('Sending the payment', 'It is on its way to Cardano.');
    case 'submitted':
      return busy('Waiting for a block', 'Cardano has the payment. A block usually comes within a minute.');
    case 'ambiguous':
      return busy(
        'Checking with Cardano',
        'Whether the payment arrived is not known yet. It is looked up, and sent again only if it did not: it cannot be paid twice.',
      );
    case 'included': {
      const missing = Math.max(settlement.requiredConfirmations - (settlement.confirmations ?? 0), 1);
      return busy(
        'In a block',
        `Waiting until ${missing === 1 ? 'one more block stands' : `${missing} more blocks stand`} on top of it.`,
      );
    }
    case 'confirmed':
      return {
        tone: 'good',
        headline: 'Payment confirmed',
        lead:
          block === undefined
            ? 'Cardano has accepted it, and no block was asked for.'
            : 'It is on the ledger, as deep as was asked for.',
      };
    case 'failed':
    case 'expired':
      return { tone: 'bad', ...failureWords(settlement, schemes.of(settlement.scheme)) };
  }
}

function busy(headline: string, lead: string): Words {
  return { tone: 'busy', headline, lead };
}

const FAILURES = {
  settlementFailed: {
    headline: 'Payment refused',
    lead: 'Cardano did not accept the transaction. Nothing was paid, and the money is where it was.',
  },
  superseded: {
    headline: 'Payment overtaken',
    lead: 'Another transaction spent the same money first. This payment can no longer happen.',
  },
  expired: {
    headline: 'Payment expired',
    lead: 'It reached no block in time. Nothing was paid, and it can no longer happen.',
  },
  scriptFailed: {
    headline: 'Payment failed',
    lead: 'The transaction is on the chain, but its script failed: nothing was paid, and its collateral is gone.',
  },
} as const satisfies Partial<Record<keyof SchemeCodes, Omit<Words, 'tone'>>>;

const OTHER_FAILURE = {
  headline: 'Payment failed',
  lead: 'Nothing was paid, and it can no longer happen.',
};

const KNOWN_FAILURES = ['settlementFailed', 'superseded', 'expired', 'scriptFailed'] as const;

function failureWords(settlement: Settlement, { codes }: Scheme): Omit<Words, 'tone'> {
  const code = failureOf(settlement)?.code;
  const known = KNOWN_FAILURES.find((name) => codes[name] === code);
  return known === undefined ? OTHER_FAILURE : FAILURES[known];
}
