import { type Address, parseAddress } from '../address/index.js';
import type { ChainOutput } from '../facts/chain-facts.js';
import { blake2b224 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import type { OutRef } from '../primitives/out-ref.js';
import { resolve } from './inputs-and-outputs.js';
import type { LedgerInput } from './outcome.js';
import { type ScriptsInPlay, scriptsInPlay } from './scripts-in-play.js';

/** An output of the chain with its address taken apart; `undefined` where the provider's text is not an address. */
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
  // What is spent mostly comes back as change, to an address that the decoder has taken apart already.
  const parsed = new Map(transaction.outputs.map(({ address, parsedAddress }) => [address, parsedAddress]));
  const addressOf = (text: string): Address | undefined => {
    const address = parseAddress(text);
    return address.ok ? address.value : undefined;
  };
  const resolved = (refs: readonly OutRef[]): ResolvedOutput[] =>
    resolve(refs, outputs).map((output) => ({
      output,
      address: parsed.get(output.address) ?? addressOf(output.address),
    }));
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
