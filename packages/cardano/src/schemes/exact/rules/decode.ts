import { encodingFailures } from '../../../ledger/phase-1/encoding.js';
import { decodeTransaction } from '../../../ledger/transaction/decode-transaction.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { EncodedTransaction, TransactionKnown } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';

const CODE = 'invalid_exact_cardano_payload_transaction_decode_failed';
const PATH = 'paymentPayload.payload.transaction';
/** The phase-2 flag is on the wire, but not in the size that the protocol limits. */
const PHASE_2_FLAG_BYTES = 1;

/** Strict RFC 4648 base64: standard alphabet, full padding, no unused bits, no white space. */
function bytesOfBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

export const decode = defineRule({
  name: 'the transaction is strict base64 of exactly one Conway transaction of legal size',
  codes: [CODE],
  source: 'scheme: "PAYMENT-SIGNATURE Header Payload"; ledger CDDL conway.cddl',
  check({ transactionBase64, parameters }: EncodedTransaction, refuse): Result<TransactionKnown, Refusal> {
    const { maxTransactionBytes } = parameters;
    const maxBytes = maxTransactionBytes + PHASE_2_FLAG_BYTES;
    // The length alone decides before any work is done on the content.
    if (transactionBase64.length > 4 * Math.ceil(maxBytes / 3)) {
      const found = `${transactionBase64.length} base64 characters`;
      return refuse(CODE, `${PATH}: expected at most ${maxTransactionBytes} bytes, found ${found}`);
    }
    const bytes = bytesOfBase64(transactionBase64);
    if (bytes === undefined) {
      return refuse(
        CODE,
        `${PATH}: expected padded standard base64 without white space, found something else`,
      );
    }
    const outcome = decodeTransaction(bytes);
    if (!outcome.ok) {
      return refuse(CODE, `${PATH}: expected one Conway transaction, found ${outcome.error}`);
    }
    const transaction = outcome.value;
    const [unreadable] = encodingFailures({ transaction, parameters });
    if (unreadable !== undefined) return refuse(CODE, `${PATH}: ${unreadable.message}`);
    if (transaction.ledgerSize > maxTransactionBytes) {
      const message = `${PATH}: expected at most ${maxTransactionBytes} bytes, found ${transaction.ledgerSize}`;
      return refuse(CODE, message);
    }
    return ok({ transaction });
  },
});
