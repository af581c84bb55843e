import {
  type CheckedInputs,
  checkAgainstChain,
  checkByLedger,
  checkInputs,
  checkRequest,
  checkTransaction,
  decodePayment,
  ledgerQuestion,
  type Network,
  type NetworkFacts,
  outRefKey,
  type PaymentRequest,
  type Refusal,
  type Verdict,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { type ChainAccess, ChainProviderError, type Clock } from '@x402-facilitator/chain';
import {
  type AroundStage,
  createStageStopwatch,
  type StageStopwatch,
  type StageTimes,
} from './stage-times.js';
import type { ValidatorThreads } from './validator-threads.js';
import type { Judgement, Verifier } from './verifier.js';

export type VerifierOptions = {
  /** Of the one network whose payments this verifier judges. */
  readonly network: Network;
  readonly chain: Pick<ChainAccess, 'facts' | 'readOutputs' | 'readAsset'>;
  readonly policy: VerificationPolicy;
  readonly clock: Clock;
  /** Who answers what the ledger's validator is asked; it is asked in this thread when unset. */
  readonly validatorThreads?: Pick<ValidatorThreads, 'ask'> | undefined;
  /** Called once per verification, whatever its verdict. */
  readonly onTimed?: ((times: StageTimes) => void) | undefined;
  /** What each stage runs inside of: traces hook in here. */
  readonly aroundStage?: AroundStage | undefined;
  /** A monotonic clock in milliseconds for `onTimed`. */
  readonly stopwatch?: (() => number) | undefined;
};

/**
 * Creates the verifier that both tiers share: the rules of `packages/cardano` in their order, with the facts that they
 * need read between them. No output is looked up before every rule that needs none has passed; parameters and timeline
 * usually come from memory.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { onTimed, aroundStage, stopwatch = () => performance.now() } = options;
  return async (request, verification) => {
    const timer = createStageStopwatch(stopwatch, aroundStage);
    try {
      return await judge(request, verification, options, timer);
    } finally {
      onTimed?.(timer.times);
    }
  };
}

async function judge(
  request: PaymentRequest,
  { fresh, lookUpInFlight, lookUpSponsorship }: Parameters<Verifier>[1],
  { network, chain, policy, clock, validatorThreads }: VerifierOptions,
  timer: StageStopwatch,
): Promise<Judgement> {
  const checkedRequest = timer.time('rules', () => checkRequest(request, policy));
  if (checkedRequest.kind === 'refused') return { verdict: checkedRequest };
  const { network: asked } = checkedRequest.terms;
  if (asked !== network) throw new RangeError(`expected a payment on ${network}, found one on ${asked}`);

  const networkFacts = await timer.time('chain', () => networkFactsOf(chain));
  if ('kind' in networkFacts) return { verdict: networkFacts };

  const decoded = timer.time('decode', () => decodePayment(checkedRequest, networkFacts));
  if (decoded.kind === 'refused') return { verdict: decoded };
  const { id, inputs } = decoded.transaction;
  const { termsDigest, registryAsset } = decoded.methodChecks;
  const { sponsorshipId } = decoded;
  const [inFlight = {}, sponsorship] = await Promise.all([
    lookUpInFlight?.(network, id, inputs.map(outRefKey), termsDigest),
    sponsorshipId === undefined ? undefined : lookUpSponsorship?.(network, sponsorshipId, id),
  ]);
  const { settlement, reserved, termsBoundTo } = inFlight;
  const alreadyBroadcast = settlement !== undefined;

  const known = { alreadyBroadcast, termsBoundTo, sponsorship };
  const transactionFacts = { network: networkFacts, nowMs: clock(), ...known };
  const checked = timer.time('rules', () => checkTransaction(decoded, transactionFacts, policy));
  if (checked.kind === 'refused') return { verdict: checked, settlement };
  if (alreadyBroadcast) {
    const verdict = checkAgainstChain(checked, { alreadyBroadcast, payer: settlement.payer }, policy);
    return { verdict, settlement };
  }

  const [outputs, asset] = await timer.time('chain', () =>
    Promise.all([
      chain.readOutputs(checked.needs, { fresh }),
      registryAsset === undefined ? undefined : chain.readAsset(registryAsset),
    ]),
  );
  const looked = { outputs, reservedInput: reserved, registryAsset: asset };
  const facts = { ...looked, network: networkFacts, nowMs: clock() };
  const checkedInputs = timer.time('rules', () => checkInputs(checked, facts, policy));
  if (checkedInputs.kind === 'refused') return { verdict: checkedInputs };
  return { verdict: await timer.time('ledger', () => judgeByLedger(checkedInputs, validatorThreads)) };
}

async function judgeByLedger(
  inputs: CheckedInputs,
  threads: VerifierOptions['validatorThreads'],
): Promise<Verdict> {
  const question = threads && ledgerQuestion(inputs);
  return checkByLedger(inputs, question && (await threads.ask(question)));
}

async function networkFactsOf(chain: Pick<ChainAccess, 'facts'>): Promise<NetworkFacts | Refusal> {
  try {
    return await chain.facts.get();
  } catch (error) {
    if (!(error instanceof ChainProviderError)) throw error;
    return {
      kind: 'refused',
      code: 'exact_cardano_facilitator_chain_lookup_failed',
      message: `could not look up protocol parameters and era summary: ${error.message}`,
    };
  }
}
