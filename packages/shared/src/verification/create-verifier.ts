import {
  type LedgerStep,
  type Network,
  type NetworkFacts,
  ok,
  type PaymentRequest,
  type Refusal,
  type Result,
  refuse,
  type SchemeCodes,
  type SchemeRegistry,
  SUPPORTED_SCHEMES,
  type Verdict,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { type ChainAccess, ChainProviderError, type Clock } from '@x402-facilitator/chain';
import type { ScriptLane } from './script-lane.js';
import {
  type AroundStage,
  createStageStopwatch,
  type StageStopwatch,
  type StageTimes,
} from './stage-times.js';
import type { ValidatorThreads } from './validator-threads.js';
import type { Judgement, Verifier } from './verifier.js';

/** The default of `chain.verification.scriptDeadlineMs`. */
const DEFAULT_SCRIPT_DEADLINE_MS = 500;

export type VerifierOptions = {
  /** One per network of `policy.networks`. */
  readonly chains: ReadonlyMap<Network, Pick<ChainAccess, 'facts' | 'readOutputs' | 'readAsset'>>;
  readonly policy: VerificationPolicy;
  /** Every scheme of packages/cardano when unset. */
  readonly schemes?: SchemeRegistry | undefined;
  readonly clock: Clock;
  /** Who answers what the ledger's validator is asked; it is asked in this thread when unset. */
  readonly validatorThreads?: Pick<ValidatorThreads, 'ask'> | undefined;
  /** Who runs scripts; they are run in this thread when unset, under their budget and without a deadline. */
  readonly scriptLane?: Pick<ScriptLane, 'ask'> | undefined;
  /** How long the scripts of one payment may take in the lane. */
  readonly scriptDeadlineMs?: number | undefined;
  /** Called once per verification, whatever its verdict. */
  readonly onTimed?: ((times: StageTimes) => void) | undefined;
  /** What each stage runs inside of: traces hook in here. */
  readonly aroundStage?: AroundStage | undefined;
  /** A monotonic clock in milliseconds for `onTimed`. */
  readonly stopwatch?: (() => number) | undefined;
};

/**
 * Creates the verifier that both tiers share: it drives a scheme through its steps, and reads the facts that each step
 * needs. No output is looked up before every rule that needs none has passed; parameters and timeline
 * usually come from memory.
 *
 * @throws RangeError when a served network has no chain access.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { chains, policy, onTimed, aroundStage, stopwatch = () => performance.now() } = options;
  for (const network of policy.networks)
    if (!chains.has(network)) throw new RangeError(`expected chain access for ${network}, found none`);

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
  options: VerifierOptions,
  timer: StageStopwatch,
): Promise<Judgement> {
  const { chains, policy, clock, schemes = SUPPORTED_SCHEMES } = options;
  const read = timer.time('rules', () => schemes.read(request, policy));
  if (!read.ok) return { verdict: read };
  const { network, decode } = read.value;
  const chain = chains.get(network);
  if (chain === undefined) throw new RangeError(`expected chain access for ${network}, found none`);

  const { chainLookupFailed, scripts } = schemes.of(request.paymentRequirements.scheme).codes;
  const networkFacts = await timer.time('chain', () => networkFactsOf(chain, chainLookupFailed));
  if (!networkFacts.ok) return { verdict: networkFacts };

  const decoded = timer.time('decode', () => decode(networkFacts.value));
  if (!decoded.ok) return { verdict: decoded };
  const { txHash, inputs, termsDigest, sponsorshipId, check } = decoded.value;
  const [inFlight = {}, sponsorship] = await Promise.all([
    lookUpInFlight?.(network, txHash, inputs, termsDigest),
    sponsorshipId === undefined ? undefined : lookUpSponsorship?.(network, sponsorshipId, txHash),
  ]);
  const { settlement, reserved: reservedInput, termsBoundTo } = inFlight;

  const known = { nowMs: clock(), broadcast: settlement, termsBoundTo, sponsorship };
  const checked = timer.time('rules', () => check(known));
  if (!checked.ok) return { verdict: checked, settlement };
  const step = checked.value;
  if (step.kind === 'broadcast') return { verdict: ok(step.payment), settlement };

  const { needs } = step;
  const [outputs, asset] = await timer.time('chain', () =>
    Promise.all([
      chain.readOutputs(needs.outputs, { fresh }),
      needs.asset === undefined ? undefined : chain.readAsset(needs.asset),
    ]),
  );
  const facts = { outputs, asset, reservedInput, nowMs: clock() };
  const ledger = timer.time('rules', () => step.check(facts));
  if (!ledger.ok) return { verdict: ledger };
  return { verdict: await timer.time('ledger', () => judgeByLedger(ledger.value, scripts, options)) };
}

async function judgeByLedger(
  step: LedgerStep,
  codes: SchemeCodes['scripts'],
  { validatorThreads, scriptLane, scriptDeadlineMs = DEFAULT_SCRIPT_DEADLINE_MS }: VerifierOptions,
): Promise<Verdict> {
  const question = step.question();
  if (question?.kind === 'scripts' && scriptLane !== undefined) {
    const answer = await scriptLane.ask(question.scripts, scriptDeadlineMs);
    if (answer.ok) return step.judge({ scripts: answer.value });
    const { kind, message } = answer.error;
    return refuse(kind === 'busy' ? codes.unavailable : codes.tooExpensive, `transaction: ${message}`);
  }
  if (question?.kind === 'plain' && validatorThreads !== undefined)
    return step.judge({ validated: await validatorThreads.ask(question.validator) });
  return step.judge();
}

async function networkFactsOf(
  chain: Pick<ChainAccess, 'facts'>,
  code: string,
): Promise<Result<NetworkFacts, Refusal>> {
  try {
    return ok(await chain.facts.get());
  } catch (error) {
    if (!(error instanceof ChainProviderError)) throw error;
    return refuse(code, `could not look up protocol parameters and era summary: ${error.message}`);
  }
}
