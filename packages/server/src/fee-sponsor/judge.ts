import {
  type AcceptedPayment,
  err,
  type Network,
  type OutputFact,
  outRefKey,
  type PaymentRequest,
  type ProtocolParameters,
  type Refusal,
  type Result,
  readCreatedOutputs,
  SUPPORTED_SCHEMES,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { timelineOf } from '@x402-facilitator/cardano/ledger';
import type { SponsorChain } from './settings.js';

/** The facilitator's limits are its own. These are what a seller signs by. */
function policyOf(network: Network): VerificationPolicy {
  return {
    networks: new Set([network]),
    graceBufferSeconds: 0,
    maxTimeoutSeconds: 86_400,
    feeMinLovelace: 0n,
    feeMaxLovelace: 2n ** 63n,
    maxInputs: 256,
    ledger: 'full',
    acceptMempool: true,
    acceptsSponsorWitnesses: true,
  };
}

/**
 * Judges a payment as its seller does before it signs for the offered output: by every rule of the scheme, of the offer and of the
 * ledger. What it spends is read out of the bytes of the transactions that made it, which hash to their ids: neither buyer nor
 * facilitator nor provider can say that an input is another's. Whether it is still unspent the facilitator has said.
 *
 * @throws what the chain throws.
 */
export async function judgeForSponsor(
  request: PaymentRequest,
  {
    chain,
    parameters,
    nowMs,
  }: { readonly chain: SponsorChain; readonly parameters: ProtocolParameters; readonly nowMs: number },
): Promise<Result<AcceptedPayment, Refusal>> {
  const read = SUPPORTED_SCHEMES.read(request, policyOf(chain.network));
  if (!read.ok) return read;
  if (read.value.kind !== 'transaction') return err(nothingToSign);
  const decoded = read.value.decode({ parameters, timeline: timelineOf(chain.network) });
  if (!decoded.ok) return decoded;
  const checked = decoded.value.check({ nowMs });
  if (!checked.ok) return checked;
  const step = checked.value;
  if (step.kind !== 'outputs') return err(nothingToSign);
  const facts = await Promise.all(
    step.needs.outputs.map(async (outRef): Promise<readonly [ReturnType<typeof outRefKey>, OutputFact]> => {
      const made = await chain.transaction(outRef.txHash);
      const created = made && readCreatedOutputs(made.bytes, made.isValid);
      const isProven = created?.ok === true && created.value.id === outRef.txHash;
      const key = outRefKey(outRef);
      const output = isProven
        ? created.value.outputs.find((each) => outRefKey(each.outRef) === key)
        : undefined;
      return [
        key,
        output === undefined
          ? { status: 'unknown', reason: 'the provider does not show what made it' }
          : { status: 'unspent', output },
      ];
    }),
  );
  const ledger = step.check({ outputs: new Map(facts), nowMs });
  return ledger.ok ? ledger.value.judge() : ledger;
}

const nothingToSign: Refusal = { code: 'fee_sponsor_refused', message: 'there is nothing to sign' };
