import {
  type AcceptedPayment,
  decodeTransaction,
  LOVELACE,
  type Network,
  ok,
  outRefKey,
  parseNetwork,
  type Refusal,
  type Result,
  refuse,
  type Scheme,
  type SchemeCodes,
  type Transaction,
} from '@x402-facilitator/cardano';
import type { TransactionStep } from '@x402-facilitator/cardano/testing';

const CODES = {
  malformedRequest: 'tip_malformed',
  unsupportedVersion: 'tip_malformed',
  chainLookupFailed: 'tip_chain_unreadable',
  lookupsReserved: 'tip_chain_unreadable',
  inputReserved: 'tip_input_reserved',
  notSettled: 'tip_malformed',
  settlementFailed: 'tip_failed',
  settledBeforeClaim: 'tip_settled_before_claim',
  superseded: 'tip_superseded',
  expired: 'tip_expired',
  scriptFailed: 'tip_script_failed',
  scripts: { tooExpensive: 'tip_script_failed', unavailable: 'tip_chain_unreadable' },
  screening: { denied: 'tip_denied', unavailable: 'tip_chain_unreadable' },
  sponsorship: {
    unavailable: 'tip_not_sponsored',
    unknown: 'tip_not_sponsored',
    expired: 'tip_not_sponsored',
    used: 'tip_not_sponsored',
    mismatch: 'tip_not_sponsored',
  },
} as const satisfies SchemeCodes;

/** A payment of any amount of ada to the address that the requirements name in `extra.address`. */
export const tipScheme: Scheme = {
  name: 'tip',
  codes: CODES,
  allCodes: [
    ...Object.values(CODES).filter((code) => typeof code === 'string'),
    'tip_too_late',
    'tip_nothing',
  ],
  isRetryable: (code) => code === CODES.chainLookupFailed,
  methods: ['tip'],
  methodOf: () => 'tip',
  isOffered: () => true,
  advertise: () => ({ anyAmount: true }),
  knownPayments: () => [],
  read({ paymentPayload, paymentRequirements }, policy) {
    const network = parseNetwork(paymentRequirements.network);
    const address = paymentRequirements.extra?.address;
    if (network === undefined || !policy.networks.has(network) || typeof address !== 'string')
      return refuse(CODES.malformedRequest, 'expected a served network and extra.address');
    return ok({
      kind: 'transaction',
      network,
      decode() {
        const bytes = Buffer.from(String(paymentPayload.payload.transaction), 'base64');
        const decoded = decodeTransaction(new Uint8Array(bytes));
        return decoded.ok
          ? ok(stepOf(decoded.value, network, address))
          : refuse(CODES.malformedRequest, decoded.error);
      },
    });
  },
  readRequirements: () => refuse(CODES.sponsorship.unavailable, 'the fee of a tip is its payer’s'),
};

function stepOf(transaction: Transaction, network: Network, address: string): TransactionStep {
  const inputs = transaction.inputs.map(outRefKey);
  return {
    txHash: transaction.id,
    inputs,
    verifySignatures: async () => undefined,
    check({ broadcast }) {
      const paid = acceptedBy(transaction, network, address);
      if (!paid.ok) return paid;
      const { value: payment } = paid;
      if (broadcast !== undefined)
        return ok({ kind: 'broadcast', payment: { ...payment, payer: broadcast.payer } });
      return ok({
        kind: 'outputs',
        needs: { outputs: transaction.inputs },
        check({ outputs, reservedInput }) {
          if (reservedInput !== undefined) return refuse(CODES.inputReserved, reservedInput.input);
          const facts = inputs.map((input) => outputs.get(input));
          const [first] = facts;
          if (first?.status !== 'unspent' || !facts.every((fact) => fact?.status === 'unspent'))
            return refuse(CODES.superseded, 'expected unspent inputs');
          const { address: payer } = first.output;
          return ok({
            question: () => undefined,
            judge: () => ok({ ...payment, payer }),
            opinion: () => undefined,
          });
        },
      });
    },
  };
}

function acceptedBy(
  transaction: Transaction,
  network: Network,
  address: string,
): Result<Omit<AcceptedPayment, 'payer'>, Refusal> {
  const { ttl } = transaction;
  if (ttl === undefined) return refuse('tip_too_late', 'expected a TTL, found none');
  const tips = transaction.outputs.filter((output) => output.address === address);
  if (tips.length === 0) return refuse('tip_nothing', `expected an output to ${address}, found none`);
  return ok({
    scheme: 'tip',
    kind: 'payment',
    network,
    txHash: transaction.id,
    payTo: address,
    asset: LOVELACE,
    amount: tips.reduce((sum, { lovelace }) => sum + lovelace, 0n),
    inputs: transaction.inputs.map(outRefKey),
    ttl,
    fee: transaction.fee,
    requiredConfirmations: 1,
    bytes: transaction.bytes,
    hasScripts: transaction.hasScriptWitnesses,
    method: 'tip',
  });
}
