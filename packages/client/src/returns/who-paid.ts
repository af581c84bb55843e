import {
  type Amounts,
  type AssetId,
  type ChainOutput,
  decodeTransaction,
  err,
  LOVELACE,
  type OutRef,
  ok,
  outRefKey,
  parseAddress,
  provenOutputs,
  quantityOf,
  type Result,
  subtract,
  sum,
} from '@x402-facilitator/cardano/ledger';
import { type ChainReader, ChainUnreachableError, provenOutput } from '../chain/index.js';

/** An output, and who paid it. */
export type PaidOutput = {
  /** What it holds, by the bytes of the transaction that made it. */
  readonly output: ChainOutput;
  /** The address that paid. A key opens it, so it can be paid back. */
  readonly payer: string;
  /** The height of the block that holds the payment. */
  readonly height: number;
};

/** Why nothing can be paid back. */
export type UnknownPayer =
  /** It is not yet in a block, or it was rolled back. */
  | { readonly kind: 'not in a block' }
  /** It stays so. */
  | { readonly kind: 'cannot be paid back'; readonly why: string };

/** Each input costs a call to the provider, and a stranger chooses how many there are. */
const MOST_INPUTS = 50;

/**
 * Who paid an output: of the addresses whose outputs the transaction spent, the one that lost the most of what was paid. So a sponsor,
 * who pays the fee alone, is not taken for the payer. All of it is read out of bytes that hash to the ids of their transactions.
 *
 * @throws ChainUnreachableError when the provider does not answer, or contradicts itself.
 * @example
 * const paid = await whoPaid(chain, outRef);
 * if (paid.ok) console.log(paid.value.payer);
 */
export async function whoPaid(chain: ChainReader, outRef: OutRef): Promise<Result<PaidOutput, UnknownPayer>> {
  const cannot = (why: string) => err<UnknownPayer>({ kind: 'cannot be paid back', why });
  const included = await chain.transaction(outRef.txHash);
  if (included === undefined) return err({ kind: 'not in a block' });
  const decoded = decodeTransaction(included.bytes);
  if (!decoded.ok) return cannot(`its transaction cannot be read: ${decoded.error}`);
  const made = provenOutputs(included, outRef.txHash);
  if (!made.ok)
    throw new ChainUnreachableError(`the chain's provider gave bytes that prove nothing: ${made.error}`);
  const outputs = made.value;
  const output = outputs.find((each) => outRefKey(each.outRef) === outRefKey(outRef));
  if (output === undefined)
    throw new ChainUnreachableError(
      `the chain's provider names an output that ${outRef.txHash} does not have`,
    );

  if (output.referenceScript !== undefined) return cannot('it holds a script, for which each use pays a fee');

  const inputs = included.isValid ? decoded.value.inputs : decoded.value.collateralInputs;
  if (inputs.length > MOST_INPUTS)
    return cannot(
      `its transaction has ${inputs.length} inputs; the payer is sought among ${MOST_INPUTS} at most`,
    );
  const [asset = LOVELACE] = output.assets.keys();
  const lost = new Map<string, Amounts>();
  for (const input of inputs) {
    const spent = await provenOutput(chain, input);
    if (spent === undefined) return err({ kind: 'not in a block' });
    lost.set(spent.address, sum([lost.get(spent.address) ?? NOTHING, spent]));
  }
  for (const each of outputs) {
    const before = lost.get(each.address);
    if (before !== undefined) lost.set(each.address, subtract(before, each));
  }
  const [payer] = [...lost].toSorted(byLoss(asset)).map(([address]) => address);
  if (payer === undefined) return cannot('its transaction spent nothing');
  const parsed = parseAddress(payer);
  if (!parsed.ok) return cannot(`no output can be made at ${payer} any more: ${parsed.error}`);
  if (parsed.value.kind === 'shelley' && parsed.value.payment.kind === 'script')
    return cannot(`a script paid it, ${payer}: what came back there might never be spent again`);
  return ok({ output, payer, height: included.height });
}

const NOTHING: Amounts = { lovelace: 0n, assets: new Map() };

/** The greatest first: by what was paid, then by ADA, then by name, so that there are no ties. */
function byLoss(asset: AssetId) {
  return ([a, left]: readonly [string, Amounts], [b, right]: readonly [string, Amounts]): number => {
    for (const each of [asset, LOVELACE]) {
      const [one, other] = [quantityOf(left, each), quantityOf(right, each)];
      if (one !== other) return one > other ? -1 : 1;
    }
    return a < b ? -1 : 1;
  };
}
