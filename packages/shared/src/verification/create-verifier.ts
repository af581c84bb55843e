import {
  type Accepted,
  type AcceptedCommitment,
  type CommitmentRequest,
  err,
  type LedgerOpinion,
  type LedgerStep,
  type Network,
  type NetworkFacts,
  type OutputsCheckFacts,
  type OutputsStep,
  ok,
  outRefKey,
  type PaymentRequest,
  type Phase2Outcome,
  type Refusal,
  type Result,
  refuse,
  type SchemeCodes,
  type SchemeRegistry,
  type Verdict,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { type ChainAccess, ChainProviderError, type Clock, type LookupCaller } from '@x402-facilitator/chain';
import type { InFlight } from '@x402-facilitator/journal';
import { type PartiesOf, partiesOfCommitment, partiesOfPayment, type Screen } from '../screening/parties.js';
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
  readonly chain: Pick<ChainAccess, 'facts' | 'readOutputs' | 'readAsset' | 'readFollowed'>;
  readonly policy: VerificationPolicy;
  readonly schemes: SchemeRegistry;
  readonly clock: Clock;
  /** Who runs scripts; they run in this thread when unset, under their budget and without a deadline. */
  readonly scripts?:
    | { readonly lane: Pick<ScriptLane, 'ask' | 'room'>; readonly deadlineMs: number }
    | undefined;
  /**
   * Called after the verdict on a payment that came as far as the ledger's check, with how to read what that alone said.
   * The answer waits for it: it must return at once.
   */
  readonly onLedgerJudged?: ((opinion: () => LedgerOpinion | undefined) => void) | undefined;
  /** Asked of the parties of what every rule accepts, and was not claimed before; all are served when unset. */
  readonly screen?: Screen | undefined;
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
  { fresh, caller, lookUpInFlight, lookUpSponsorship }: Parameters<Verifier>[1],
  options: VerifierOptions,
  timer: StageStopwatch,
): Promise<Judgement> {
  const { network, chain, policy, schemes, clock, screen } = options;
  const read = timer.time('rules', () => schemes.read(request, policy));
  if (!read.ok) return { verdict: read };
  const wanted = read.value;
  const { network: asked } = wanted;
  if (asked !== network) throw new RangeError(`expected a payment on ${network}, found one on ${asked}`);

  const { codes } = schemes.of(request.paymentRequirements.scheme);
  const networkFacts = await timer.time('chain', () => networkFactsOf(chain, codes.chainLookupFailed));
  if (!networkFacts.ok) return { verdict: networkFacts };

  if (wanted.kind === 'commitment') {
    const asking = { fresh, caller, code: codes.lookupsReserved };
    const verdict = await judgeCommitment(wanted, networkFacts.value, chain, asking, timer);
    if (!verdict.ok || screen === undefined) return { verdict };
    const parties = partiesOfCommitment(verdict.value, request.paymentRequirements.payTo);
    return { verdict: await timer.time('screening', () => screened(verdict.value, parties, screen, codes)) };
  }
  const decoded = timer.time('decode', () => wanted.decode(networkFacts.value));
  if (!decoded.ok) return { verdict: decoded };
  const { txHash, inputs, termsDigest, sponsorshipId, verifySignatures, check } = decoded.value;
  const readInFlight = async () => (await lookUpInFlight?.(network, txHash, inputs, termsDigest)) ?? {};
  const [inFlight, sponsorship] = await Promise.all([
    readInFlight(),
    sponsorshipId === undefined ? undefined : lookUpSponsorship?.(network, sponsorshipId, txHash),
    verifySignatures(),
  ]);
  const judgeKnowing = ({ settlement, redeemable, termsBoundTo }: InFlight): Judgement | OutputsStep => {
    const known = { nowMs: clock(), broadcast: settlement ?? redeemable, termsBoundTo, sponsorship };
    const checked = timer.time('rules', () => check(known));
    if (!checked.ok) return { verdict: checked, settlement };
    const step = checked.value;
    return step.kind === 'broadcast' ? { verdict: ok(step.payment), settlement } : step;
  };
  const step = judgeKnowing(inFlight);
  if (!('needs' in step)) return step;

  const asking = { fresh, caller, code: codes.lookupsReserved };
  const verdict = await judgeByChain(step, inFlight.reserved, asking, codes, options, timer);
  if (verdict.ok || schemes.isRetryable(verdict.error.code)) return { verdict };
  // While the chain was asked, an identical call can have settled it: what it spends is spent, but by itself.
  const meanwhile = await readInFlight();
  const again = meanwhile.settlement === undefined ? step : judgeKnowing(meanwhile);
  return 'needs' in again ? { verdict } : again;
}

/** What the chain and its ledger say of a payment that was not claimed before. */
async function judgeByChain(
  step: OutputsStep,
  reservedInput: InFlight['reserved'],
  asking: Asking,
  codes: SchemeCodes,
  { chain, clock, scripts, onLedgerJudged, screen }: VerifierOptions,
  timer: StageStopwatch,
): Promise<Verdict> {
  const { needs } = step;
  // A flood of scripts is turned away here, before it costs calls to a provider and the rest of the rules.
  if (needs.scripts && scripts !== undefined && !(await scripts.lane.room()))
    return refuse(codes.scripts.unavailable, 'transaction: too many payments with scripts wait already');
  const found = await timer.time('chain', () => lookUp(chain, needs, asking));
  if (!found.ok) return found;
  const facts = { ...found.value, reservedInput, nowMs: clock() };
  const ledger = timer.time('rules', () => step.check(facts));
  if (!ledger.ok) return ledger;
  const judged = await timer.time('ledger', () => judgeByLedger(ledger.value, codes.scripts, scripts));
  onLedgerJudged?.(() => ledger.value.opinion(judged.scripts));
  const { verdict } = judged;
  if (!verdict.ok || screen === undefined) return verdict;
  const parties = partiesOfPayment(verdict.value, facts.outputs);
  return timer.time('screening', () => screened(verdict.value, parties, screen, codes));
}

/** The answer names no party and no list: a stranger could read the list by it. */
async function screened<What extends Accepted>(
  accepted: What,
  parties: PartiesOf,
  screen: Screen,
  { screening }: SchemeCodes,
): Promise<Result<What, Refusal>> {
  const found = parties.ok ? await screen({ network: accepted.network, ...parties.value }) : 'unavailable';
  if (found === 'cleared') return ok(accepted);
  const { payer } = accepted;
  return found === 'denied'
    ? err({ code: screening.denied, message: 'payer, payTo or another party is not served here', payer })
    : err({
        code: screening.unavailable,
        message: 'it cannot be found out now whether payer, payTo and all other parties are served here',
        payer,
      });
}

type Asking = { readonly fresh: boolean; readonly caller: LookupCaller | undefined; readonly code: string };

/** What is held may be old: nothing is refused by it. */
async function judgeCommitment(
  { needs, check }: CommitmentRequest,
  networkFacts: NetworkFacts,
  chain: Pick<ChainAccess, 'readFollowed'>,
  { fresh, caller, code }: Asking,
  timer: StageStopwatch,
): Promise<Result<AcceptedCommitment, Refusal>> {
  const judgeAsRead = async (readFresh: boolean): Promise<Result<AcceptedCommitment, Refusal>> => {
    const read = () => chain.readFollowed(needs.followed, { fresh: readFresh, caller });
    const followed = await timer.time('chain', () => unlessReserved(code, read));
    if (!followed.ok) return followed;
    return timer.time('rules', () => check({ networkFacts, followed: followed.value }));
  };
  const verdict = await judgeAsRead(fresh);
  return verdict.ok || fresh ? verdict : judgeAsRead(true);
}

/** Looks up what a payment needs. Nothing more is asked when its outputs refuse it already. */
function lookUp(
  chain: Pick<ChainAccess, 'readOutputs' | 'readAsset' | 'readFollowed'>,
  needs: OutputsStep['needs'],
  { fresh, caller, code }: Asking,
): Promise<Result<Pick<OutputsCheckFacts, 'outputs' | 'asset' | 'followed'>, Refusal>> {
  return unlessReserved(code, async () => {
    // A transaction spends it where it is now, not where it was.
    const followed =
      needs.followed === undefined
        ? undefined
        : await chain.readFollowed(needs.followed, { fresh: true, caller });
    const outputs = await chain.readOutputs(needs.outputs, { fresh, caller });
    const isGood = needs.outputs.every((outRef) => outputs.get(outRefKey(outRef))?.status === 'unspent');
    const asset =
      needs.asset !== undefined && isGood ? await chain.readAsset(needs.asset, caller) : undefined;
    return { outputs, asset, followed };
  });
}

/** What only others may ask now is a refusal, which is not a verdict. */
async function unlessReserved<T>(code: string, read: () => Promise<T>): Promise<Result<T, Refusal>> {
  try {
    return ok(await read());
  } catch (error) {
    if (!(error instanceof ChainProviderError) || error.outcome !== 'reserved') throw error;
    return refuse(code, `could not look up what it spends: ${error.message}`);
  }
}

/** Only what runs scripts goes to another thread: plain payments never wait behind them. */
async function judgeByLedger(
  step: LedgerStep,
  codes: SchemeCodes['scripts'],
  scripts: VerifierOptions['scripts'],
): Promise<{ readonly verdict: Verdict; readonly scripts?: Phase2Outcome }> {
  const question = step.question();
  if (question === undefined || scripts === undefined) return { verdict: step.judge() };
  const answer = await scripts.lane.ask(question, scripts.deadlineMs);
  if (answer.ok) return { verdict: step.judge(answer.value), scripts: answer.value };
  const { kind, message } = answer.error;
  const code = kind === 'busy' ? codes.unavailable : codes.tooExpensive;
  return { verdict: refuse(code, `transaction: ${message}`) };
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
