import { bech32 } from '@scure/base';
import { parseAddress } from '@x402-facilitator/cardano';
import { credentialKey, type OutputRecord, unitOf } from '../../ledger/index.js';
import { type Answer, failure, notFound, ok } from '../answer.js';
import { isAnswer, listing } from '../pagination.js';
import { amountsOf, attachmentsOf, sumOf } from '../render/amounts.js';
import { get, param, type Route, type RouteContext } from '../route.js';
import { transactionListing } from '../transaction-listing.js';

/** The index key for the path's address or credential, and its name in the answer. */
type Owner = {
  readonly key: string;
  readonly type: 'byron' | 'shelley';
  readonly stakeAddress: string | null;
  readonly script: boolean;
};

const CREDENTIAL_PREFIXES = ['addr_vkh', 'script'];
const MAX_BECH32_LENGTH = 150;

function ownerOfCredential(text: string): Owner | undefined {
  const prefix = CREDENTIAL_PREFIXES.find((candidate) => text.startsWith(`${candidate}1`));
  if (prefix === undefined) return undefined;
  try {
    const { words } = bech32.decode(text as `${string}1${string}`, MAX_BECH32_LENGTH);
    const hash = Buffer.from(bech32.fromWords(words)).toString('hex');
    return { key: credentialKey(hash), type: 'shelley', stakeAddress: null, script: prefix === 'script' };
  } catch {
    return undefined;
  }
}

/** Reads an address or a payment credential. One of another network is malformed here, as it is at Blockfrost. */
function ownerOf({ ledger: { profile }, params }: RouteContext): Owner | Answer {
  const text = params.address ?? '';
  const credential = ownerOfCredential(text);
  if (credential !== undefined) return credential;
  const parsed = parseAddress(text);
  if (!parsed.ok || parsed.value.networkId !== profile.networkId) {
    return failure(400, 'Invalid address for this network or malformed address format.');
  }
  const address = parsed.value;
  if (address.kind === 'byron')
    return { key: address.text, type: 'byron', stakeAddress: null, script: false };
  const { stake, payment } = address;
  return {
    key: address.text,
    type: 'shelley',
    stakeAddress:
      stake === undefined || stake.kind === 'pointer' ? null : stakeAddress(profile.networkId, stake),
    script: payment.kind === 'script',
  };
}

function stakeAddress(
  networkId: 0 | 1,
  stake: { readonly kind: 'key' | 'script'; readonly hash: string },
): string {
  const header = (stake.kind === 'key' ? 0xe0 : 0xf0) | networkId;
  const bytes = Buffer.concat([Uint8Array.of(header), Buffer.from(stake.hash, 'hex')]);
  return bech32.encode(networkId === 1 ? 'stake' : 'stake_test', bech32.toWords(bytes), MAX_BECH32_LENGTH);
}

function renderUtxo({ output, createdBy }: OutputRecord) {
  return {
    address: output.address,
    tx_hash: output.outRef.txHash,
    // Deprecated at Blockfrost, which puts the output's index here.
    tx_index: output.outRef.index,
    output_index: output.outRef.index,
    amount: amountsOf(output),
    block: createdBy.placement?.block.hash ?? '',
    ...attachmentsOf(output),
  };
}

/** A route below `/addresses/{address}`: 404 unless the chain ever held the address. */
function ofAddress(path: string, answer: (owner: Owner, context: RouteContext) => Answer): Route {
  return get(`/addresses/{address}${path}`, (context) => {
    const owner = ownerOf(context);
    if (isAnswer(owner)) return owner;
    return context.view.knows(owner.key) ? answer(owner, context) : notFound();
  });
}

function utxosWithAsset({ key }: Owner, context: RouteContext): Answer {
  const unit = param(context, 'asset');
  const outputs = context.view
    .unspent(key)
    .filter(
      ({ output }) =>
        unit === 'lovelace' || [...output.assets.keys()].some((asset) => unitOf(asset) === unit),
    );
  return listing(context.query, outputs, renderUtxo);
}

function total({ key }: Owner, { view, params }: RouteContext): Answer {
  const records = view.transactions(key);
  const owned = (outputs: Iterable<OutputRecord>) => [...outputs].filter((o) => o.indexKeys.includes(key));
  return ok({
    address: params.address,
    received_sum: sumOf(records.flatMap(({ outputs }) => owned(outputs))),
    sent_sum: sumOf(
      records.flatMap(({ spends, resolved }) => owned(spends.flatMap((spent) => resolved.get(spent) ?? []))),
    ),
    tx_count: records.length,
  });
}

export const addressRoutes: readonly Route[] = [
  ofAddress('', ({ key, type, stakeAddress, script }, { view, params }) =>
    ok({
      address: params.address,
      amount: sumOf(view.unspent(key)),
      stake_address: stakeAddress,
      type,
      script,
    }),
  ),
  ofAddress('/total', total),
  ofAddress('/utxos', ({ key }, { view, query }) => listing(query, view.unspent(key), renderUtxo)),
  ofAddress('/utxos/{asset}', utxosWithAsset),
  ofAddress('/transactions', ({ key }, context) => transactionListing(key, context)),
];
