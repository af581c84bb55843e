import {
  type Address,
  blake2b224,
  type LedgerInput,
  minimumFee,
  minimumLovelace,
  type TransactionOutput,
  toHex,
} from '@x402-facilitator/cardano';
import { haskell } from './haskell.js';
import { consumed, produced } from './value.js';

/** How a node prints a failed rule's facts. Rules without an entry show the validator's own message. */
type Facts = (input: LedgerInput, message: string) => string;

const KEY_HASHES = /\b[0-9a-f]{56}\b/g;

function showCredential({ kind, hash }: { readonly kind: 'key' | 'script'; readonly hash: string }): string {
  return kind === 'key' ? `KeyHashObj (${haskell.keyHash(hash)})` : `ScriptHashObj (ScriptHash "${hash}")`;
}

function showAddress(address: Address): string {
  const network = address.networkId === 1 ? 'Mainnet' : 'Testnet';
  if (address.kind === 'byron') return `AddrBootstrap ${address.text}`;
  const { stake } = address;
  let reference = 'StakeRefNull';
  if (stake !== undefined)
    reference = stake.kind === 'pointer' ? 'StakeRefPtr' : `(StakeRefBase (${showCredential(stake)}))`;
  return `Addr ${network} (${showCredential(address.payment)}) ${reference}`;
}

function showOutput(output: TransactionOutput): string {
  return `(${showAddress(output.parsedAddress)},${haskell.value(output)},NoDatum,SNothing)`;
}

const badInputs: Facts = ({ transaction, outputs }) => {
  const refs = [...transaction.inputs, ...transaction.referenceInputs, ...transaction.collateralInputs];
  const missing = refs.filter(({ txHash, index }) => !outputs.has(`${txHash}#${index}`));
  return `(${haskell.list([...new Set(missing.map(haskell.txIn))])})`;
};

const interval: Facts = ({ transaction, slot }) => {
  const bound = (value: number | undefined) =>
    haskell.maybe(value === undefined ? undefined : haskell.slot(value));
  const { validityStart, ttl } = transaction;
  return `(ValidityInterval {invalidBefore = ${bound(validityStart)}, invalidHereafter = ${bound(ttl)}}) (${haskell.slot(slot)})`;
};

const outputsTooSmall: Facts = ({ transaction, parameters }) => {
  const { outputs, collateralReturn } = transaction;
  const small = [...outputs, ...(collateralReturn === undefined ? [] : [collateralReturn])].flatMap(
    (output) => {
      const least = minimumLovelace(output, parameters);
      return output.lovelace < least ? [`(${showOutput(output)},${haskell.coin(least)})`] : [];
    },
  );
  return `[${small.join(',')}]`;
};

/** The keys that a message names, by themselves or by their hashes, of which the ledger prints a list. */
const invalidWitness: Facts = ({ transaction }, message) => {
  const witnesses = [...transaction.vkeyWitnesses, ...transaction.bootstrapWitnesses];
  const named = witnesses
    .map(({ publicKey }) => [toHex(publicKey), toHex(blake2b224(publicKey))] as const)
    .filter((names) => names.some((name) => message.includes(name)));
  return `[${[...new Set(named.map(([key]) => key))].map((key) => `VKey (VerKeyEd25519DSIGN "${key}")`).join(',')}]`;
};

const missingWitness: Facts = (_input, message) => {
  const hashes = [...new Set(message.match(KEY_HASHES))];
  return `(${haskell.list(hashes.map(haskell.keyHash))})`;
};

/** Facts of the rules that clients are known to read. */
export const FACTS: Readonly<Record<string, Facts>> = {
  BadInputsUTxO: badInputs,
  ValueNotConservedUTxO: (input) =>
    `(${haskell.mismatch(haskell.value(consumed(input)), haskell.value(produced(input)))})`,
  FeeTooSmallUTxO: (input) =>
    `(${haskell.mismatch(haskell.coin(input.transaction.fee), haskell.coin(minimumFee(input)))})`,
  OutsideValidityIntervalUTxO: interval,
  MaxTxSizeUTxO: ({ transaction, parameters }) =>
    `(${haskell.mismatch(`${transaction.ledgerSize}`, `${parameters.maxTransactionBytes}`)})`,
  BabbageOutputTooSmallUTxO: outputsTooSmall,
  MissingVKeyWitnessesUTXOW: missingWitness,
  InvalidWitnessesUTXOW: invalidWitness,
};
