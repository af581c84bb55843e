import type { PaymentRequest } from '../../request.js';
import type { TransferMethod } from '../facts/terms.js';
import type { TransferMethodRules } from '../facts/transfer-method.js';
import { defaultMethod } from './default-method.js';
import { masumiMethod } from './masumi/index.js';
import { scriptMethod } from './script/index.js';

export {
  CANONICAL_ESCROW,
  datumAddressOf,
  decodeIdentifier,
  deriveMasumiEscrows,
  type EscrowDatum,
  encodeIdentifier,
  escrowAddress,
  escrowDatumData,
  inputHashOf,
  MASUMI_BLUEPRINT,
  type MasumiIdentifier,
  parseMasumiDeployment,
  REGISTRY_POLICY_ID,
  readEscrowDatum,
  termsDigestOf,
} from './masumi/index.js';

/** Every transfer method that payments can be judged by, as `/supported` lists them. */
export const TRANSFER_METHODS: readonly TransferMethodRules[] = [defaultMethod, masumiMethod, scriptMethod];

/** The rules of the method that requirements name; the default one when they name none. */
export function transferMethodOf({
  extra,
}: Pick<PaymentRequest['paymentRequirements'], 'extra'>): TransferMethodRules | undefined {
  const name = extra?.assetTransferMethod;
  return name === undefined ? defaultMethod : TRANSFER_METHODS.find(({ method }) => method === name);
}

/** The names of every method that payments can be judged by. */
export const TRANSFER_METHOD_NAMES: readonly TransferMethod[] = TRANSFER_METHODS.map(({ method }) => method);
