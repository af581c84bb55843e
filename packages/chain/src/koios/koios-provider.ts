import { type ChainOutput, type Network, outRefKey, slot, type TxHash } from '@x402-facilitator/cardano';
import {
  bearerCredential,
  createHttpClient,
  createJsonReader,
  DEFAULT_SUBMIT_TIMEOUT_MS,
  DEFAULT_TIMEOUT_MS,
  type HttpProviderOptions,
  submitTransaction,
} from '../http/index.js';
import {
  type ChainBlock,
  ChainProviderError,
  type ClosableChainProvider,
  type ProviderCallOutcome,
} from '../provider.js';
import { readPages } from '../read-pages.js';
import { timelineOf } from '../timeline.js';
import { eachOnce } from '../unspent-outputs.js';
import { chainAssetOf, partsOf } from './assets.js';
import { outputsOf, unspentOutputOf, withSpending } from './outputs.js';
import { koiosParametersOf } from './parameters.js';
import {
  addressUtxosSchema,
  assetAddressesSchema,
  assetsSchema,
  blocksSchema,
  blockTransactionsSchema,
  erasSchema,
  genesisSchema,
  type KoiosBlock,
  parametersSchema,
  transactionsSchema,
  utxosSchema,
} from './schemas.js';

/** `url` is `…/api/v1` of a Koios instance. */
export type KoiosProviderOptions = HttpProviderOptions & {
  /** Bearer token; without one the public tier's limits hold. */
  readonly token?: string | undefined;
};

const PAGE_SIZE = 100;
/** Transactions whose outputs are kept: they never change, only their spending does. */
const KEPT_TRANSACTIONS = 500;

/** The public instances: one host per network. */
const SERVICE_URLS: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'https://api.koios.rest/api/v1',
  'cardano:preprod': 'https://preprod.koios.rest/api/v1',
  'cardano:preview': 'https://preview.koios.rest/api/v1',
};

/**
 * Creates a chain provider over Koios's HTTP API. It differs from Blockfrost in three ways that a caller notices:
 * outputs cost two calls the first time and one afterwards, a spent output does not name its spender, and there is no
 * mempool to ask (`isInMempool` throws with the outcome `unsupported`: not to see is not absence).
 */
export function createKoiosProvider(options: KoiosProviderOptions): ClosableChainProvider {
  const { network, token } = options;
  const name = options.name ?? 'koios';
  const client = createHttpClient({
    provider: name,
    baseUrl: (options.url ?? SERVICE_URLS[network]).replace(/\/+$/, ''),
    credential: bearerCredential(token),
    dispatcher: options.dispatcher,
    clock: options.clock ?? Date.now,
    onCall: options.onCall,
    admit: options.admit,
  });
  const readJson = createJsonReader(client, {
    provider: name,
    secret: token,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });
  const keptOutputs = new Map<TxHash, readonly ChainOutput[]>();

  const fail = (operation: string, what: string, outcome: ProviderCallOutcome = 'malformed') =>
    new ChainProviderError(`${name} ${operation}: ${what}`, { provider: name, operation, outcome });

  /** Koios knows no 404: a path that is not there is a wrong URL, never an unknown thing. */
  const read: typeof readJson = async (operation, path, schema, json) => {
    const answer = await readJson(operation, path, schema, json);
    if (answer === undefined) throw fail(operation, `HTTP 404 for ${path}`);
    return answer;
  };
  const rows = async <T>(answer: Promise<readonly T[] | undefined>): Promise<readonly T[]> =>
    (await answer) ?? [];

  const transaction = async (operation: string, txHash: TxHash) => {
    const found = await rows(read(operation, '/tx_cbor', transactionsSchema, { _tx_hashes: [txHash] }));
    const [row] = found;
    if (row !== undefined && row.tx_hash !== txHash)
      throw fail(operation, `asked for ${txHash}, found ${row.tx_hash}`);
    return row;
  };

  const blockAt = async (operation: string, hashOrHeight: string | number) => {
    const found = await rows(
      isHeight(hashOrHeight)
        ? read(operation, `/blocks?block_height=eq.${hashOrHeight}`, blocksSchema)
        : read(operation, '/block_info', blocksSchema, { _block_hashes: [hashOrHeight] }),
    );
    return found[0];
  };

  const createdBy = async (txHash: TxHash): Promise<readonly ChainOutput[] | undefined> => {
    const kept = keptOutputs.get(txHash);
    if (kept !== undefined) return kept;
    const row = await transaction('outputs', txHash);
    if (row === undefined) return undefined;
    const outputs = outputsOf(txHash, row);
    if (typeof outputs === 'string') throw fail('outputs', outputs);
    const oldest = keptOutputs.keys().next();
    if (keptOutputs.size >= KEPT_TRANSACTIONS && !oldest.done) keptOutputs.delete(oldest.value);
    keptOutputs.set(txHash, outputs);
    return outputs;
  };

  return {
    name,
    network,

    async getTransactionOutputs(txHash) {
      const outputs = await createdBy(txHash);
      if (outputs === undefined) return undefined;
      if (outputs.length === 0) return [];
      const refs = outputs.map(({ outRef }) => outRefKey(outRef));
      const utxos = await rows(
        read('outputs', '/utxo_info', utxosSchema, { _utxo_refs: refs, _extended: false }),
      );
      // A rollback took the transaction back after its bytes were kept.
      if (utxos.length === 0) {
        keptOutputs.delete(txHash);
        return undefined;
      }
      return withSpending(outputs, utxos);
    },

    async getTip() {
      const [tip] = await rows(read('tip', '/blocks?limit=1', blocksSchema));
      if (tip === undefined) throw fail('tip', 'expected a block, found none');
      return chainBlockOf(tip);
    },

    async getBlock(hashOrHeight) {
      const block = await blockAt('block', hashOrHeight);
      return block === undefined ? undefined : chainBlockOf(block);
    },

    async getBlocksAfter(hashOrHeight, limit) {
      const count = Math.min(Math.max(Math.trunc(limit), 1), PAGE_SIZE);
      const after = await blockAt('blocks_after', hashOrHeight);
      if (after === undefined) return undefined;
      const query = `block_height=gt.${after.block_height}&order=block_height.asc&limit=${count}`;
      return (await rows(read('blocks_after', `/blocks?${query}`, blocksSchema))).map(chainBlockOf);
    },

    async getBlockTransactions(hashOrHeight, page) {
      const operation = 'block_transactions';
      const known = isHeight(hashOrHeight) ? await blockAt(operation, hashOrHeight) : undefined;
      const hash = isHeight(hashOrHeight) ? known?.hash : hashOrHeight;
      if (hash === undefined) return undefined;
      // A fixed order, or pages would overlap.
      const query = `order=tx_hash.asc&limit=${PAGE_SIZE}&offset=${(page - 1) * PAGE_SIZE}`;
      const listed = await rows(
        read(operation, `/block_txs?${query}`, blockTransactionsSchema, { _block_hashes: [hash] }),
      );
      // No rows may mean an empty page or a block that is not there.
      if (listed.length === 0 && (known ?? (await blockAt(operation, hash))) === undefined) return undefined;
      return listed.map(({ tx_hash }) => tx_hash);
    },

    async getTransaction(txHash) {
      const row = await transaction('transaction', txHash);
      if (row === undefined) return undefined;
      const block = { hash: row.block_hash, height: row.block_height, slot: slot(row.absolute_slot) };
      return { txHash, block, validContract: row.valid_contract };
    },

    async isInMempool() {
      throw fail('mempool', 'it shows no mempool', 'unsupported');
    },

    async getUnspentOutputs(address) {
      const operation = 'address_outputs';
      const body = { _addresses: [address], _extended: true };
      const found = await readPages({
        pageSize: PAGE_SIZE,
        read: (page) => {
          // A fixed order, or pages would overlap.
          const query = `order=tx_hash.asc,tx_index.asc&limit=${PAGE_SIZE}&offset=${(page - 1) * PAGE_SIZE}`;
          return rows(read(operation, `/address_utxos?${query}`, addressUtxosSchema, body));
        },
        endless: (pages) => fail(operation, `more than ${pages} pages of ${address}`),
      });
      return eachOnce(found.filter(({ is_spent }) => !is_spent).map(unspentOutputOf));
    },

    async getAsset(asset) {
      const { policyId, assetName } = partsOf(asset);
      const query = `_asset_policy=${policyId}&_asset_name=${assetName}&limit=${PAGE_SIZE}`;
      const [found, holders] = await Promise.all([
        rows(read('asset', '/asset_info', assetsSchema, { _asset_list: [[policyId, assetName]] })),
        rows(read('asset_addresses', `/asset_addresses?${query}`, assetAddressesSchema)),
      ]);
      const [row] = found;
      return row === undefined ? undefined : chainAssetOf(asset, row, holders);
    },

    async getProtocolParameters() {
      const [row] = await rows(
        read('parameters', '/epoch_params?order=epoch_no.desc&limit=1', parametersSchema),
      );
      if (row === undefined) throw fail('parameters', 'expected an epoch, found none');
      return koiosParametersOf(row);
    },

    async getTimeline() {
      const [genesisRows, eras] = await Promise.all([
        rows(read('genesis', '/genesis', genesisSchema)),
        read('eras', '/ogmios', erasSchema, { jsonrpc: '2.0', method: 'queryLedgerState/eraSummaries' }),
      ]);
      const [genesis] = genesisRows;
      if (genesis === undefined || eras === undefined) throw fail('genesis', 'expected one, found none');
      const timeline = timelineOf(
        network,
        { network_magic: genesis.networkmagic, system_start: genesis.systemstart },
        eras.result.map(({ start, parameters }) => ({
          start: { time: start.time.seconds, slot: start.slot, epoch: start.epoch },
          parameters: {
            epoch_length: parameters.epochLength,
            slot_length: parameters.slotLength.milliseconds / 1000,
          },
        })),
      );
      if ('problem' in timeline) throw fail('timeline', timeline.problem, timeline.outcome);
      return timeline;
    },

    submitTransaction: (bytes) =>
      submitTransaction(client, bytes, {
        path: '/submittx',
        timeoutMs: options.submitTimeoutMs ?? DEFAULT_SUBMIT_TIMEOUT_MS,
        secret: token,
      }),

    close: () => client.close(),
  };
}

/** Heights come as numbers or as their digits; a hash has 64 characters. */
function isHeight(hashOrHeight: string | number): boolean {
  return typeof hashOrHeight === 'number' || hashOrHeight.length < 64;
}

function chainBlockOf(block: KoiosBlock): ChainBlock {
  return {
    hash: block.hash,
    height: block.block_height,
    slot: slot(block.abs_slot),
    parentHash: block.parent_hash ?? '',
    transactionCount: block.tx_count,
  };
}
