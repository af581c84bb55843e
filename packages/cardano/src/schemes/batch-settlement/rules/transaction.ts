import { encodingFailures } from '../../../ledger/phase-1/encoding.js';
import { foreignNetworkIds } from '../../../ledger/phase-1/network-ids.js';
import { decodeTransaction } from '../../../ledger/transaction/decode-transaction.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { TransactionCode } from '../facts/codes.js';
import type { NetworkKnown, RequestFacts, TransactionFacts, TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const P = 'invalid_batch_settlement_cardano';

/** What the decoder starts from. */
export type EncodedTransaction = {
  readonly encoded: { readonly base64: string; readonly path: string };
  readonly parameters: TransactionFacts['networkFacts']['parameters'];
};

/** Strict RFC 4648 base64: standard alphabet, full padding, no unused bits, no white space. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

/** Rules on any transaction of a channel, which refuse with the code of its kind. */
export function transactionRules<Code extends TransactionCode>(code: Code) {
  return {
    decode: defineRule({
      name: 'the transaction is strict base64 of exactly one Conway transaction of legal size',
      codes: [code],
      source: 'binding: "Facilitator interface"; ledger CDDL conway.cddl',
      check({ encoded, parameters }: EncodedTransaction, refuse): Result<TransactionKnown, Refusal> {
        const { base64, path } = encoded;
        const { maxTransactionBytes } = parameters;
        const tooLong = (found: string) =>
          refuse(code, `${path}: expected at most ${maxTransactionBytes} bytes, found ${found}`);
        // The length alone decides before any work is done on the content.
        if (base64.length > 4 * Math.ceil((maxTransactionBytes + 1) / 3))
          return tooLong(`${base64.length} base64 characters`);
        const bytes = bytesOfBase64(base64);
        if (bytes === undefined)
          return refuse(
            code,
            `${path}: expected padded standard base64 without white space, found something else`,
          );
        const outcome = decodeTransaction(bytes);
        if (!outcome.ok)
          return refuse(code, `${path}: expected one Conway transaction, found ${outcome.error}`);
        const transaction = outcome.value;
        const [unreadable] = encodingFailures({ transaction, parameters });
        if (unreadable !== undefined) return refuse(code, `${path}: ${unreadable.message}`);
        if (transaction.ledgerSize > maxTransactionBytes) return tooLong(`${transaction.ledgerSize}`);
        return ok({ transaction });
      },
    }),
    networkId: defineRule({
      name: 'the body’s network id and every output’s address are this network’s',
      codes: [`${P}_network_mismatch`],
      source: 'binding: "POST /verify"; ledger: WrongNetworkInTxBody, WrongNetwork',
      check({ transaction, network }: TransactionKnown & NetworkKnown, refuse) {
        const [failure] = foreignNetworkIds(transaction, network);
        return failure === undefined
          ? PASSED
          : refuse(`${P}_network_mismatch`, `transaction: ${failure.message}`);
      },
    }),
    plain: defineRule({
      name: 'it carries no certificates, withdrawals, minting or governance, and names no more outputs than allowed',
      codes: [code],
      source: 'binding: "POST /verify"; this deployment: chain.verification.maxInputs',
      check({ transaction, policy }: TransactionKnown & RequestFacts, refuse) {
        const { forbiddenFields, inputs, referenceInputs, collateralInputs } = transaction;
        if (forbiddenFields.length > 0) {
          const found = forbiddenFields.join(', ');
          return refuse(code, `transaction: expected a body that moves value only, found ${found} as well`);
        }
        const count = inputs.length + referenceInputs.length + collateralInputs.length;
        if (count <= policy.maxInputs) return PASSED;
        const expected = `at most ${policy.maxInputs} inputs, reference and collateral inputs`;
        return refuse(code, `transaction: expected ${expected}, found ${count}`);
      },
    }),
    phase2Flag: defineRule({
      name: 'the phase-2 flag is true',
      codes: [code],
      source: 'ledger: ValidationTagMismatch',
      check({ transaction }: TransactionKnown, refuse) {
        if (transaction.isValid) return PASSED;
        return refuse(
          code,
          'transaction: expected the phase-2 flag true, found false: only collateral would move',
        );
      },
    }),
  };
}
