import { type Address, parseAddress } from '../address/index.js';
import type { ChainOutput } from '../facts/chain-facts.js';
import { blake2b224 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import { resolve } from './inputs-and-outputs.js';
import type { LedgerInput } from './outcome.js';
import { type ScriptsInPlay, scriptsInPlay } from './scripts-in-play.js';

/** An output of the chain with its address taken apart; `undefined` where the provider's text is no address. */
export type ResolvedOutput = { readonly output: ChainOutput; readonly address: Address | undefined };

/** What the rules of phase 1 look at, worked out once. */
export type Phase1Facts = LedgerInput & {
  /** Each output once, in the order of the transaction. */
  readonly spent: readonly ResolvedOutput[];
  readonly referenced: readonly ResolvedOutput[];
  readonly collateral: readonly ResolvedOutput[];
  /** Hashes of the keys that signed or will, lowercase hex. Byron signatures are not among them. */
  readonly signers: ReadonlySet<string>;
  readonly scripts: ScriptsInPlay;
};

/** Every output that the transaction names must be known. */
export function phase1Facts(input: LedgerInput): Phase1Facts {
  const { transaction, outputs, expectedSigners = [] } = input;
  const resolved = (refs: Parameters<typeof resolve>[0]): ResolvedOutput[] =>
    resolve(refs, outputs).map((output) => {
      const address = parseAddress(output.address);
      return { output, address: address.ok ? address.value : undefined };
    });
  const spent = resolved(transaction.inputs);
  const referenced = resolved(transaction.referenceInputs);
  const keys = transaction.vkeyWitnesses.map(({ publicKey }) => toHex(blake2b224(publicKey)));
  return {
    ...input,
    spent,
    referenced,
    collateral: resolved(transaction.collateralInputs),
    signers: new Set([...keys, ...expectedSigners]),
    scripts: scriptsInPlay(transaction, spent, referenced),
  };
}
