import { type Network, parseNetwork, type VerificationPolicy } from '@x402-facilitator/cardano';
import { type ChainObserver, type ConnectedChain, connectChain } from '@x402-facilitator/chain';
import {
  type AcknowledgedWrites,
  createPauseSwitch,
  createReceiptStore,
  createRedisJournal,
  createSubmitQueue,
  type Journal,
  type PauseSwitch,
  type ReceiptStore,
  type RedisConnection,
  type SettlementIndex,
  type SubmitQueue,
} from '@x402-facilitator/journal';
import type { NetworkConfig } from '@x402-facilitator/shared/config';
import { type Logger, logUnreadable } from '@x402-facilitator/shared/telemetry';
import {
  createVerifier,
  type ScriptLane,
  type Verifier,
  type VerifierOptions,
} from '@x402-facilitator/shared/verification';
import type { ShadowJudge } from './shadow-judge.js';

/** The API's parts of one network. */
export type ServedNetwork = {
  readonly network: Network;
  readonly chain: ConnectedChain;
  readonly verify: Verifier;
  readonly policy: VerificationPolicy;
  /** How long the scripts of one payment may run. */
  readonly scriptDeadlineMs: number;
  /** The verifier of `verify`, on other facts than the chain's. Nothing is counted. */
  verifierOn(facts: VerifierOptions['chain']): Verifier;
  readonly journal: Journal & SettlementIndex;
  readonly queue: SubmitQueue;
  readonly receipts: ReceiptStore;
  readonly pause: PauseSwitch;
};

/** The networks of this deployment, its main one first. */
export type ServedNetworks = {
  readonly all: readonly ServedNetwork[];
  readonly names: readonly Network[];
  /**
   * @throws RangeError for a network that is not served. Callers only ask for networks of verified payments and
   * records.
   */
  of(network: Network): ServedNetwork;
  /** Judges each payment by the network that its requirements name. */
  readonly verify: Verifier;
  /** Reads from each network's own journal. */
  readonly journal: Pick<Journal, 'read' | 'readMany'>;
  close(): Promise<void>;
};

/** Opens each network of the configuration: its providers, its policy, and its part of Redis. */
export function openNetworks(
  configs: Iterable<NetworkConfig>,
  options: {
    readonly redis: RedisConnection;
    readonly acknowledged: AcknowledgedWrites | undefined;
    /** A `subscriber` connection for the outputs that other processes saw spent. */
    readonly spentOutputs: RedisConnection;
    readonly clock: () => number;
    readonly logger: Logger;
    readonly onError: (error: Error) => void;
    readonly chainObserver: ChainObserver;
    readonly verification: Pick<VerifierOptions, 'schemes' | 'onTimed' | 'aroundStage' | 'screen'>;
    readonly scriptLane: Pick<ScriptLane, 'ask' | 'room'>;
    /** Another judge, where a network lets one look at its payments. */
    readonly shadow: Pick<ShadowJudge, 'offer'> | undefined;
    /** `security.storedKeys`. */
    readonly countsUsage: boolean;
    /** Uniform in [0, 1): decides which payments it looks at. */
    readonly random: () => number;
  },
): ServedNetworks {
  const { redis, acknowledged, spentOutputs, clock, logger, onError } = options;
  const { chainObserver, verification, scriptLane, shadow, countsUsage, random } = options;
  const uncounted: Pick<ScriptLane, 'ask' | 'room'> = {
    room: async () => true,
    ask: (question, deadlineMs) => scriptLane.ask(question, deadlineMs, { isCounted: false }),
  };
  const open = (config: NetworkConfig): ServedNetwork => {
    const { network, providers, utxoTtlSeconds, reserveShare } = config;
    const chain = connectChain({
      network,
      providers,
      utxoTtlSeconds,
      reserveShare,
      redis,
      subscriber: spentOutputs,
      clock,
      logger,
      observer: chainObserver,
    });
    // The first payment finds them there. If no provider answers, it asks again.
    chain.facts.get().catch(() => undefined);
    const { schemes, ...counting } = verification;
    const judging = {
      network,
      schemes,
      clock,
      policy: config.verification,
      scripts: { lane: scriptLane, deadlineMs: config.scriptDeadlineMs },
    };
    return {
      network,
      chain,
      verify: createVerifier({
        ...judging,
        ...counting,
        chain,
        onLedgerJudged(readOpinion) {
          if (shadow === undefined || random() >= config.shadowShare) return;
          const opinion = readOpinion();
          if (opinion !== undefined) shadow.offer(opinion);
        },
      }),
      policy: config.verification,
      scriptDeadlineMs: config.scriptDeadlineMs,
      verifierOn: (facts) =>
        createVerifier({ ...judging, chain: facts, scripts: { ...judging.scripts, lane: uncounted } }),
      journal: createRedisJournal({
        redis,
        acknowledged,
        now: clock,
        policy: config.journal,
        countsUsage,
        onUnreadable: logUnreadable(logger),
      }),
      queue: createSubmitQueue({ network, redis, onError }),
      receipts: createReceiptStore({ redis, network }),
      pause: createPauseSwitch({ redis, network }),
    };
  };
  const all = Array.from(configs, open);
  const byName = new Map(all.map((served) => [served.network, served]));
  const [first] = all;
  if (first === undefined) throw new RangeError('expected at least one served network, found none');

  const of = (network: Network): ServedNetwork => {
    const served = byName.get(network);
    if (served === undefined) throw new RangeError(`network ${network} is not served here`);
    return served;
  };

  return {
    all,
    names: [...byName.keys()],
    of,
    journal: {
      read: (network, transaction) => of(network).journal.read(network, transaction),
      readMany: (network, transactions) => of(network).journal.readMany(network, transactions),
    },
    verify(request, asked) {
      const named = parseNetwork(request.paymentRequirements.network);
      // Any policy will do: all have the rule that refuses a network that is not served.
      const { verify } = (named && byName.get(named)) ?? first;
      return verify(request, asked);
    },
    async close() {
      await Promise.all(all.flatMap(({ queue, chain }) => [queue.close(), chain.close()]));
    },
  };
}
