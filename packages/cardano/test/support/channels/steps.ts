import {
  type AssetId,
  type ChainOutput,
  judgePhase1,
  LOVELACE,
  outRefKey,
  slot,
} from '@x402-facilitator/cardano';
import * as cbor from '../cbor-writer.js';
import { judgePhase2, type PlutusData, phase2Question } from '../internals.js';

import { transactionOf } from '../unwrap.js';
import type { Wallet } from '../wallet.js';
import { CHANNEL_FEE, type ChannelDraft, factsAt, NOW_SLOT, walletOutput, written } from './draft.js';
import { outputSpec } from './outputs.js';
import { CHANNEL_TOKEN, CONSUMER } from './parties.js';

/** A transaction that spends channels, whatever the validator thinks of it. */
export type StepSpec = {
  readonly channels: readonly { readonly output: ChainOutput; readonly redeemer: PlutusData }[];
  /** What it leaves at the validator or elsewhere, before the change. */
  readonly leaves: readonly ChainOutput[];
  /** Whose keys the body lists and who signs. */
  readonly signers: readonly Wallet[];
  readonly listed?: readonly Wallet[];
  readonly ttl?: number | undefined;
  readonly validityStart?: number | undefined;
  /** The slot in which it is judged. */
  readonly at?: number;
};

function sum(outputs: readonly ChainOutput[], asset: AssetId): bigint {
  return outputs.reduce(
    (total, { lovelace, assets }) => total + (asset === LOVELACE ? lovelace : (assets.get(asset) ?? 0n)),
    0n,
  );
}

/** Balances a step: what is over goes to the one who signs first. */
function draftOf({
  channels,
  leaves,
  signers,
  listed = signers,
  ttl,
  validityStart,
}: StepSpec): ChannelDraft {
  const [owner = CONSUMER] = signers;
  const source = walletOutput('source', owner, 100_000_000n, [CHANNEL_TOKEN, 100_000_000n]);
  const collateral = walletOutput('collateral', owner, 8_000_000n);
  const spent = [...channels.map(({ output }) => output), source];
  const others = new Set(spent.flatMap(({ assets }) => [...assets.keys()]));
  others.delete(CHANNEL_TOKEN);
  const over = (asset: AssetId) => sum(spent, asset) - sum(leaves, asset);
  const change: ChainOutput = {
    ...walletOutput('change', owner, over(LOVELACE) - CHANNEL_FEE, [CHANNEL_TOKEN, over(CHANNEL_TOKEN)]),
  };
  const assets = new Map(
    [...change.assets, ...[...others].map((asset) => [asset, over(asset)] as const)].filter(
      ([, it]) => it > 0n,
    ),
  );
  return {
    currency: LOVELACE,
    transaction: {
      spec: {
        inputs: spent.map(({ outRef }) => outRef),
        outputs: [...leaves, { ...change, assets }].map(outputSpec),
        fee: CHANNEL_FEE,
        ...(ttl === undefined ? {} : { ttl }),
        signers,
        body: {
          ...(validityStart === undefined ? {} : { 8: cbor.int(validityStart) }),
          14: cbor.set(listed.map(({ keyHash }) => cbor.bytes(cbor.hex(keyHash)))),
        },
      },
      redeemed: channels.map(({ output, redeemer }) => ({ input: outRefKey(output.outRef), data: redeemer })),
      collateral: [collateral],
    },
    unspent: [...spent, collateral],
    requirements: {},
    payload: () => ({}),
  };
}

/** What the complete ledger check says of a step: `accepted`, or the predicate that fails. */
export function ledgerSays(spec: StepSpec, protocolVersion?: number): string {
  const draft = { ...draftOf(spec), ...(protocolVersion === undefined ? {} : { protocolVersion }) };
  const built = written(draft);
  if (built === undefined) throw new Error('a step has a transaction');
  const transaction = transactionOf(built.bytes);
  const { parameters, timeline } = factsAt(protocolVersion);
  const outputs = new Map(draft.unspent.map((output) => [outRefKey(output.outRef), output]));
  const at = slot(spec.at ?? NOW_SLOT);
  const [failure] = judgePhase1({ transaction, parameters, slot: at, network: 'cardano:preview', outputs });
  if (failure !== undefined) return `${failure.rule}: ${failure.message}`;
  const outcome = judgePhase2(phase2Question({ transaction, parameters, timeline, outputs }));
  return outcome.kind === 'satisfied' ? 'accepted' : `${outcome.rule}: ${outcome.message}`;
}
