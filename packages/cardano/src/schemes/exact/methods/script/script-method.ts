import { DECODE_LIMITS } from '../../../../ledger/cbor/decode-limits.js';
import { encodePlutusData, type PlutusData, readPlutusData } from '../../../../ledger/plutus/index.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import type { TransactionOutput } from '../../../../ledger/transaction/transaction.js';
import { quote } from '../../../quote.js';
import type { RefusalCode } from '../../facts/codes.js';
import { payingOutputs } from '../../facts/paying-outputs.js';
import type { Refusal } from '../../facts/terms.js';
import {
  type MethodChecks,
  type MethodRequestFacts,
  type MethodTransactionFacts,
  nothingToCheck,
  type TransferMethodRules,
} from '../../facts/transfer-method.js';
import { type ImpliedScript, impliedScript } from './implied-script.js';
import { LIMITS } from './limits.js';

const REQUIREMENTS = 'invalid_exact_cardano_requirements';
const ADDRESS_MISMATCH = 'invalid_exact_cardano_payload_script_address_mismatch';
const DATUM_MISMATCH = 'invalid_exact_cardano_payload_script_datum_mismatch';
const PATH = 'paymentRequirements.extra';

function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: 'refused', code, message };
}

/** The declared datum; what is wrong with it, as a string, when it is none. */
function declaredDatum(given: unknown, { language }: ImpliedScript): PlutusData | undefined | string {
  if (given === undefined) return undefined;
  if (typeof given !== 'string' || given.length > 2 * LIMITS.datumBytes)
    return `expected the CBOR hex of at most ${LIMITS.datumBytes} bytes`;
  const bytes = fromHex(given);
  if (bytes === undefined) return `expected CBOR hex, found ${quote(given)}`;
  const datum = readPlutusData(bytes, DECODE_LIMITS);
  if (typeof datum === 'string') return `expected Plutus data, found ${datum}`;
  if (language === 'plutusV1')
    return 'expected none beside a plutusV1 script, which no inline datum can be shown to; found one';
  return datum;
}

/** By meaning: wallets write the same data in more than one way, and no script can tell. */
function carries({ datum }: TransactionOutput, declared: PlutusData): boolean {
  if (datum?.kind !== 'inline') return false;
  const found = readPlutusData(datum.bytes, DECODE_LIMITS);
  return (
    typeof found !== 'string' && Buffer.compare(encodePlutusData(found), encodePlutusData(declared)) === 0
  );
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

/** The output is what the seller described: with the declared datum, or with none. */
function checkDatum(
  { transaction, payTo, terms }: MethodTransactionFacts,
  declared: PlutusData | undefined,
): Refusal | undefined {
  const outputs = payingOutputs(transaction, payTo, terms);
  const asDeclared = outputs.some((output) =>
    declared === undefined ? output.datum === undefined : carries(output, declared),
  );
  if (asDeclared) return undefined;
  const expected =
    declared === undefined ? 'no datum, as none is declared' : `the inline datum of ${PATH}.datum`;
  const message = `transaction: expected the paying output to carry ${expected}, found ${describe(outputs[0])}`;
  return refuse(DATUM_MISMATCH, message);
}

function checkRequirements({ request, payTo }: MethodRequestFacts): MethodChecks | Refusal {
  const extra = request.paymentRequirements.extra ?? {};
  const script = impliedScript(extra);
  if (typeof script === 'string') return refuse(REQUIREMENTS, `${PATH}.${script}`);
  const datum = declaredDatum(extra.datum, script);
  if (typeof datum === 'string') return refuse(REQUIREMENTS, `${PATH}.datum: ${datum}`);
  const { kind, hash } = payTo.payment;
  if (kind !== 'script' || hash !== script.hash) {
    const message = `paymentRequirements.payTo: expected an address of script ${script.hash}, found ${kind} ${hash}`;
    return refuse(ADDRESS_MISMATCH, message);
  }
  return { checkTransaction: (facts) => checkDatum(facts, datum), checkAgainstChain: nothingToCheck };
}

/**
 * Payment into a contract of the seller's choice. That `payTo` is the contract's address is checked, and that the payer
 * attached the declared datum; whether the datum suits the contract is the seller's business.
 */
export const scriptMethod: TransferMethodRules = {
  method: 'script',
  codes: [REQUIREMENTS, ADDRESS_MISMATCH, DATUM_MISMATCH],
  source: 'scheme: "Script assetTransferMethod — additional rules"',
  checkRequirements,
};
