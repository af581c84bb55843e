import { DECODE_LIMITS } from '../../../../ledger/cbor/decode-limits.js';
import { encodePlutusData, type PlutusData, readPlutusData } from '../../../../ledger/plutus/index.js';
import type { TransactionOutput } from '../../../../ledger/transaction/transaction.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import { type Refusal, refuse } from '../../../refusal.js';
import { hexBytes, parseShape } from '../../../shape.js';
import { payingOutputs } from '../../facts/paying-outputs.js';
import type {
  Checked,
  MethodChecks,
  MethodRequestFacts,
  MethodTransactionFacts,
  TransferMethodRules,
} from '../../facts/transfer-method.js';
import { ADDRESS_MISMATCH, CODES, DATUM_MISMATCH, EXTRA, REQUIREMENTS } from './codes.js';
import { type ImpliedScript, impliedScript } from './implied-script.js';
import { LIMITS } from './parameters.js';

const datumBytes = hexBytes(
  /^[0-9a-fA-F]*$/,
  2 * LIMITS.datumBytes,
  `the CBOR hex of at most ${LIMITS.datumBytes} bytes`,
).optional();

/** The declared datum, if there is one, or what is wrong with it. */
function declaredDatum(given: unknown, { language }: ImpliedScript): Result<PlutusData | undefined, string> {
  const path = `${EXTRA}.datum`;
  const bytes = parseShape(datumBytes, given, path);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return ok(undefined);
  const datum = readPlutusData(bytes.value, DECODE_LIMITS);
  if (!datum.ok) return err(`${path}: expected Plutus data, found ${datum.error}`);
  if (language === 'plutusV1')
    return err(`${path}: expected none beside a plutusV1 script, which cannot see inline datums; found one`);
  return datum;
}

/** Compares meaning: wallets encode the same data in more than one way, and a script cannot tell. */
function carries({ datum }: TransactionOutput, declared: PlutusData): boolean {
  if (datum?.kind !== 'inline') return false;
  const found = readPlutusData(datum.bytes, DECODE_LIMITS);
  return found.ok && Buffer.compare(encodePlutusData(found.value), encodePlutusData(declared)) === 0;
}

function describe(output: TransactionOutput | undefined): string {
  switch (output?.datum?.kind) {
    case 'inline':
      return 'another inline datum';
    case 'hash':
      return `the datum hash ${output.datum.hash}`;
    default:
      return 'no datum';
  }
}

/** The output carries the declared datum. Where none is declared, the seller leaves the datum to the payer. */
function checkDatum(
  { transaction, payTo, terms }: MethodTransactionFacts,
  declared: PlutusData | undefined,
): Checked {
  if (declared === undefined) return DONE;
  const outputs = payingOutputs(transaction, payTo, terms);
  if (outputs.some((output) => carries(output, declared))) return DONE;
  const expected = `the paying output to carry the inline datum of ${EXTRA}.datum`;
  return refuse(DATUM_MISMATCH, `transaction: expected ${expected}, found ${describe(outputs[0])}`);
}

function checkRequirements({ request, payTo }: MethodRequestFacts): Result<MethodChecks, Refusal> {
  const extra = request.paymentRequirements.extra ?? {};
  const script = impliedScript(extra);
  if (!script.ok) return script;
  const datum = declaredDatum(extra.datum, script.value);
  if (!datum.ok) return refuse(REQUIREMENTS, datum.error);
  const { kind, hash } = payTo.payment;
  if (kind !== 'script' || hash !== script.value.hash) {
    const message = `paymentRequirements.payTo: expected an address of script ${script.value.hash}, found ${kind} ${hash}`;
    return refuse(ADDRESS_MISMATCH, message);
  }
  return ok({
    checkTransaction: (facts) => checkDatum(facts, datum.value),
    checkAgainstChain: () => DONE,
  });
}

/**
 * Payment into a contract of the seller's choice. `payTo` must be the contract's address, and the payer must attach the
 * datum, if one is declared. Whether the datum suits the contract is for the seller to know.
 */
export const scriptMethod: TransferMethodRules = {
  method: 'script',
  codes: CODES,
  source: 'scheme: "Script assetTransferMethod — additional rules"',
  checkRequirements,
};
