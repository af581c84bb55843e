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
import type { Judgement, Verifier } from './verifier.js';

export type VerifierOptions = {
  /** Of the one network whose payments this verifier judges. */
  readonly network: Network;
  readonly chain: Pick<ChainAccess, 'facts' | 'readOutputs' | 'readAsset'>;
  readonly policy: VerificationPolicy;
  readonly schemes: SchemeRegistry;
  readonly clock: Clock;
  /** Who runs scripts; they run in this thread when unset, under their budget and without a deadline. */
  readonly scripts?: { readonly lane: Pick<ScriptLane, 'ask'>; readonly deadlineMs: number } | undefined;
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
  { network, chain, policy, schemes, clock, scripts }: VerifierOptions,
  timer: StageStopwatch,
): Promise<Judgement> {
  const read = timer.time('rules', () => schemes.read(request, policy));
  if (!read.ok) return { verdict: read };
  const { network: asked, decode } = read.value;
  if (asked !== network) throw new RangeError(`expected a payment on ${network}, found one on ${asked}`);

  const { chainLookupFailed, scripts: scriptCodes } = schemes.of(request.paymentRequirements.scheme).codes;
  const networkFacts = await timer.time('chain', () => networkFactsOf(chain, chainLookupFailed));
  if (!networkFacts.ok) return { verdict: networkFacts };

  const decoded = timer.time('decode', () => decode(networkFacts.value));
  if (!decoded.ok) return { verdict: decoded };
  const { txHash, inputs, termsDigest, sponsorshipId, check } = decoded.value;
  const [inFlight = {}, sponsorship] = await Promise.all([
    lookUpInFlight?.(network, txHash, inputs, termsDigest),
    sponsorshipId === undefined ? undefined : lookUpSponsorship?.(network, sponsorshipId, txHash),
  ]);
  const { settlement, redeemable, reserved: reservedInput, termsBoundTo } = inFlight;

  const known = { nowMs: clock(), broadcast: settlement ?? redeemable, termsBoundTo, sponsorship };
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
  return { verdict: await timer.time('ledger', () => judgeByLedger(ledger.value, scriptCodes, scripts)) };
}

/** Only what runs scripts goes to another thread: plain payments never wait behind them. */
async function judgeByLedger(
  step: LedgerStep,
  codes: SchemeCodes['scripts'],
  scripts: VerifierOptions['scripts'],
): Promise<Verdict> {
  const question = step.question();
  if (question === undefined || scripts === undefined) return step.judge();
  const answer = await scripts.lane.ask(question, scripts.deadlineMs);
  if (answer.ok) return step.judge(answer.value);
  const { kind, message } = answer.error;
  return refuse(kind === 'busy' ? codes.unavailable : codes.tooExpensive, `transaction: ${message}`);
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
