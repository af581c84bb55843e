import { channelIdOf, datumData, encodePlutusData, reserveOf } from '@x402-facilitator/cardano/channels';
import {
  addressOf,
  type ChainOutput,
  concatBytes,
  err,
  fromHex,
  LOVELACE,
  networkIdOf,
  type OutRef,
  ok,
  type Result,
} from '@x402-facilitator/cardano/ledger';
import type { CostParameters, WalletOutput } from '../chain/index.js';
import { amountOf, type BuildFailure, buildTransaction, type Output } from '../transaction/index.js';
import type { ChannelTerms } from './terms.js';

/** A channel that is to be opened. */
export type OpeningPlan = {
  readonly terms: ChannelTerms;
  readonly payer: string;
  /** How far its promises may go. */
  readonly capacity: bigint;
  readonly available: readonly WalletOutput[];
  /** The wallet's address, in bytes. */
  readonly change: Uint8Array;
  readonly ttl: number;
  readonly parameters: CostParameters;
  readonly iouKeyOf: (channelId: string) => string;
};

/** An opening without signatures. The channel is its first output. */
export type BuiltOpening = {
  readonly bytes: Uint8Array;
  readonly channelId: string;
  readonly makes: Output;
  /** Units of its currency. */
  readonly deposit: bigint;
};

const SCRIPT_ENTERPRISE = 0x70;
/** As long as a channel's id and key, which are known once its inputs are. */
const UNKNOWN = '00'.repeat(32);

/** The address of channels at a validator, without a stake part. */
export function channelAddressOf(
  scriptHash: string,
  network: ChannelTerms['network'],
): { readonly bytes: Uint8Array; readonly text: string } {
  const hash = fromHex(scriptHash) ?? new Uint8Array();
  const address = addressOf(concatBytes([Uint8Array.of(SCRIPT_ENTERPRISE | networkIdOf(network)), hash]));
  if (!address.ok) throw new Error(address.error);
  return address.value;
}

/**
 * Builds an opening. The channel's id comes from an input, so it is built twice: once for its inputs, and again with the
 * datum that they give.
 */
export function buildOpening(plan: OpeningPlan): Result<BuiltOpening, BuildFailure> {
  const draft = build(plan, UNKNOWN, UNKNOWN, plan.available);
  if (!draft.ok) return draft;
  const [first] = draft.value.inputs;
  if (first === undefined) return err({ kind: 'too little ada' });
  const channelId = channelIdOf(first);
  const built = build(plan, channelId, plan.iouKeyOf(channelId), plan.available);
  if (!built.ok) return built;
  const { bytes, makes, deposit } = built.value;
  return ok({ bytes, makes, deposit, channelId });
}

function build(
  { terms, payer, capacity, change, ttl, parameters }: OpeningPlan,
  tag: string,
  iouKey: string,
  available: readonly WalletOutput[],
): Result<
  Pick<BuiltOpening, 'bytes' | 'makes' | 'deposit'> & { readonly inputs: readonly OutRef[] },
  BuildFailure
> {
  const { scriptHash, receiverAuthorizer, token, withdrawDelay, network } = terms;
  const address = channelAddressOf(scriptHash, network).bytes;
  const datum = {
    ownHash: scriptHash,
    constants: {
      tag,
      currency: token,
      iouKey,
      consumer: payer,
      provider: receiverAuthorizer,
      closePeriodMs: BigInt(withdrawDelay) * 1000n,
    },
    stage: { kind: 'opened', subbed: 0n },
  } as const;
  const reserve = reserveOf({ addressBytes: address, datum }, parameters);
  const isAda = token === LOVELACE;
  const deposit = isAda ? reserve + capacity : capacity;
  const makes: Output = {
    address,
    value: isAda ? amountOf(LOVELACE, deposit) : { ...amountOf(token, deposit), lovelace: reserve },
    inlineDatum: encodePlutusData(datumData(datum)),
  };
  const built = buildTransaction({ outputs: () => [makes], available, change, ttl, parameters });
  return built.ok ? ok({ bytes: built.value.bytes, inputs: built.value.inputs, makes, deposit }) : built;
}

/** The value of an output. */
export function valueOf({ lovelace, assets }: Pick<ChainOutput, 'lovelace' | 'assets'>) {
  return { lovelace: BigInt(lovelace), assets };
}
