import {
  type AcceptedCommitment,
  type AcceptedPayment,
  blake2b224,
  decodeTransaction,
  err,
  type Network,
  type OutputFacts,
  ok,
  outRefKey,
  type Result,
  toHex,
} from '@x402-facilitator/cardano';
import { readDenyEntry } from './deny-entry.js';

/** Who takes part in a payment or a commitment. */
export type Parties = {
  readonly network: Network;
  /** bech32, or base58 for Byron; each once, sorted. */
  readonly addresses: readonly string[];
  /** 28 bytes as lowercase hex: of the addresses (payment, stake, Byron roots) and of all who signed; each once, sorted. */
  readonly credentials: readonly string[];
};

/** `unavailable`: it is not known whether they are served. */
export type Screened = 'cleared' | 'denied' | 'unavailable';

/** Whether this facilitator serves all of them. */
export type Screen = (parties: Parties) => Promise<Screened>;

/** The parties, or what of the chain is not known that would tell. */
export type PartiesOf = Result<Omit<Parties, 'network'>, string>;

/**
 * The parties of a payment: the owners of what it spends and of what it makes, collateral included, who signed it, payer, `payTo`,
 * and whom its scheme names besides.
 *
 * @param outputs facts about what it spends.
 */
export function partiesOfPayment(payment: AcceptedPayment, outputs: OutputFacts): PartiesOf {
  const { payer, payTo, otherParties = [], bytes } = payment;
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return decoded;
  const { inputs, collateralInputs, outputs: made, collateralReturn, vkeyWitnesses } = decoded.value;
  const spent: string[] = [];
  for (const outRef of [...inputs, ...collateralInputs]) {
    const fact = outputs.get(outRefKey(outRef));
    if (fact?.status !== 'unspent') return err(`the owner of ${outRefKey(outRef)} is not known`);
    spent.push(fact.output.address);
  }
  const paid = [...made, ...(collateralReturn === undefined ? [] : [collateralReturn])];
  const signers = vkeyWitnesses.map(({ publicKey }) => toHex(blake2b224(publicKey)));
  return partiesNamed([
    payer,
    payTo,
    ...otherParties,
    ...spent,
    ...paid.map(({ address }) => address),
    ...signers,
  ]);
}

/** @param payTo as required. */
export function partiesOfCommitment(
  { payer, otherParties = [] }: AcceptedCommitment,
  payTo: string,
): PartiesOf {
  return partiesNamed([payer, payTo, ...otherParties]);
}

/** @param names addresses, or credentials as hex. */
function partiesNamed(names: readonly string[]): PartiesOf {
  const addresses = new Set<string>();
  const credentials = new Set<string>();
  // A scheme leaves empty what it does not name.
  for (const name of new Set(names.filter((text) => text !== ''))) {
    const party = readDenyEntry(name);
    if (!party.ok) return party;
    const { text, credentials: own } = party.value;
    if (own[0] !== text) addresses.add(text);
    for (const credential of own) credentials.add(credential);
  }
  return ok({ addresses: [...addresses].sort(), credentials: [...credentials].sort() });
}
