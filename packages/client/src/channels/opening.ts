import { buildOpening, channelIdOf, reserveOf } from '@x402-facilitator/cardano/channels';
import {
  addressOf,
  concatBytes,
  fromHex,
  LOVELACE,
  networkIdOf,
  type Slot,
} from '@x402-facilitator/cardano/ledger';
import type { WalletOutput } from '../chain/index.js';
import { channelOutput } from './expected.js';
import { fund } from './funding.js';
import type { IouKeys } from './iou-keys.js';
import type { Context } from './settings.js';
import { type BuiltSpend, factsOf } from './spends.js';
import type { ChannelTerms } from './terms.js';

/** An opening without signatures. */
export type BuiltOpening = BuiltSpend & {
  readonly channelId: string;
  /** Units of its currency, for ADA with the reserve. */
  readonly deposit: bigint;
};

const SCRIPT_ENTERPRISE = 0x70;
/** More than a transaction without scripts costs. */
const MOST_FEE = 1_000_000n;

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
 * Builds the opening of a channel. Its id comes from the first output that it spends.
 *
 * @throws NotEnoughAdaError when the wallet cannot fund it.
 */
export async function opening(
  context: Context,
  keys: IouKeys,
  terms: ChannelTerms,
  {
    capacity,
    available,
    ttl,
  }: { readonly capacity: bigint; readonly available: readonly WalletOutput[]; readonly ttl: Slot },
): Promise<BuiltOpening> {
  const { wallet, network, payer } = context;
  const { scriptHash, receiverAuthorizer, token, withdrawDelay } = terms;
  const address = channelAddressOf(scriptHash, network);
  const facts = await factsOf(context);
  const constantsFor = (tag: string) => ({
    tag,
    currency: token,
    iouKey: keys.keyOf(tag).publicKey,
    consumer: payer,
    provider: receiverAuthorizer,
    closePeriodMs: BigInt(withdrawDelay) * 1000n,
  });
  const measured = { ownHash: scriptHash, constants: constantsFor('00'.repeat(32)) };
  const reserve = reserveOf({ addressBytes: address.bytes, datum: measured }, facts.parameters);
  const deposit = token === LOVELACE ? reserve + capacity : capacity;
  let channelId = '';
  const built = fund(available, { asset: token, amount: deposit }, ([first, ...rest]) => {
    channelId = channelIdOf(first.outRef);
    const { tag: _, ...constants } = constantsFor(channelId);
    return buildOpening({
      network,
      facts,
      funding: [first, ...rest],
      changeAddress: wallet.address,
      ttl,
      scriptHash,
      idInput: first.outRef,
      terms: constants,
      amount: deposit,
    });
  });
  const makes = channelOutput({
    scriptHash,
    address: address.text,
    constants: constantsFor(channelId),
    isStage: (stage) => stage.kind === 'opened' && stage.subbed === 0n,
    value:
      token === LOVELACE
        ? { lovelace: deposit, assets: new Map() }
        : { lovelace: reserve, assets: new Map([[token, deposit]]) },
  });
  return { bytes: built.bytes, channelId, deposit, spend: { makes, mostFeeLovelace: MOST_FEE, ttl } };
}
