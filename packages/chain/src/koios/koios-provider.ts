import {
  type ChainOutput,
  fromHex,
  type Network,
  outRefKey,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import {
  bearerCredential,
  createHttpService,
  eachOnce,
  type HttpProviderOptions,
  readPages,
  timelineOf,
} from '../http/index.js';
import {
  type Asking,
  askable,
  type ClosableChainProvider,
  type ProviderOperations,
} from '../provider/index.js';
import { chainAssetOf, chainBlockOf, koiosParametersOf, partsOf } from './answers.js';
import { outputsOf, spenderAmong, unspentOutputOf, withSpending } from './outputs.js';
import {
  addressTransactionsSchema,
  addressUtxosSchema,
  assetAddressesSchema,
  assetsSchema,
  blocksSchema,
  blockTransactionsSchema,
  erasSchema,
  genesisSchema,
  parametersSchema,
  transactionsSchema,
  utxosSchema,
} from './schemas.js';

/** `url` is `…/api/v1` of a Koios instance. */
export type KoiosProviderOptions = HttpProviderOptions & {
  /** Bearer token. Without one the limits of the public tier apply. */
  readonly token?: string | undefined;
};

const PAGE_SIZE = 100;
/** Transactions of an address that are read at once, with their bytes, to find the one that spent an output. */
const SPENDER_PAGE = 50;
/** More of them than any channel's address has between two looks at it. */
const MAX_SPENDER_PAGES = 20;
/** Transactions whose outputs are kept: they never change, only their spending does. */
const KEPT_TRANSACTIONS = 500;

/** The public instances: one host per network. */
const SERVICE_URLS: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'https://api.koios.rest/api/v1',
  'cardano:preprod': 'https://preprod.koios.rest/api/v1',
  'cardano:preview': 'https://preview.koios.rest/api/v1',
};

/**
 * Creates a chain provider over Koios's HTTP API. A caller notices three differences from Blockfrost: outputs cost two
 * calls the first time and one after that, a spent output names its spender only when it is asked for (`getSpender`), and
 * the mempool cannot be read (`isInMempool` throws with the outcome `unsupported`, because a transaction may be there
 * unseen).
 */
export function createKoiosProvider(options: KoiosProviderOptions): ClosableChainProvider {
  const service = createHttpService(options, {
    name: 'koios',
    urls: SERVICE_URLS,
    credential: bearerCredential(options.token),
    submitPath: '/submittx',
  });
  const { network, fail } = service;
  const keptOutputs = new LRUCache<TxHash, readonly ChainOutput[]>({ max: KEPT_TRANSACTIONS });

  const operationsFor = (asking: Asking): ProviderOperations => {
    const calls = service.callsOf(asking);

    /** Koios answers 404 only for a wrong URL, never for something that it does not know. */
    const read = async <Schema extends z.ZodType>(
      operation: string,
      path: string,
      schema: Schema,
      json?: unknown,
    ): Promise<z.output<Schema>> => {
      const answer = await calls.read(operation, path, schema, json);
      if (answer === undefined) throw fail(operation, `HTTP 404 for ${path}`);
      return answer;
    };

    const transaction = async (operation: string, txHash: TxHash) => {
      const [row] = await read(operation, '/tx_cbor', transactionsSchema, { _tx_hashes: [txHash] });
      if (row !== undefined && row.tx_hash !== txHash)
        throw fail(operation, `asked for ${txHash}, found ${row.tx_hash}`);
      return row;
    };

    const blockAt = async (operation: string, hashOrHeight: string | number) => {
      const [block] = await (isHeight(hashOrHeight)
        ? read(operation, `/blocks?block_height=eq.${hashOrHeight}`, blocksSchema)
        : read(operation, '/block_info', blocksSchema, { _block_hashes: [hashOrHeight] }));
      return block;
    };

    const createdBy = async (txHash: TxHash): Promise<readonly ChainOutput[] | undefined> => {
      const kept = keptOutputs.get(txHash);
      if (kept !== undefined) return kept;
      const row = await transaction('outputs', txHash);
      if (row === undefined) return undefined;
      const outputs = outputsOf(txHash, row);
      if (!outputs.ok) throw fail('outputs', outputs.error);
      keptOutputs.set(txHash, outputs.value);
      return outputs.value;
    };

    return {
      async getTransactionOutputs(txHash) {
        const outputs = await createdBy(txHash);
        if (outputs === undefined) return undefined;
        if (outputs.length === 0) return [];
        const refs = outputs.map(({ outRef }) => outRefKey(outRef));
        const utxos = await read('outputs', '/utxo_info', utxosSchema, {
          _utxo_refs: refs,
          _extended: false,
        });
        // A rollback removed the transaction after its bytes were kept.
        if (utxos.length === 0) {
          keptOutputs.delete(txHash);
          return undefined;
        }
        return withSpending(outputs, utxos);
      },

      async getSpender({ outRef, address }) {
        const operation = 'spender';
        const made = await transaction(operation, outRef.txHash);
        if (made === undefined) return undefined;
        const body = { _addresses: [address], _after_block_height: made.block_height };
        for (let page = 0; page < MAX_SPENDER_PAGES; page += 1) {
          // The oldest first: what is followed was mostly spent soon. A fixed order, or pages would overlap.
          const query = `order=block_height.asc,tx_hash.asc&limit=${SPENDER_PAGE}&offset=${page * SPENDER_PAGE}`;
          const listed = await read(operation, `/address_txs?${query}`, addressTransactionsSchema, body);
          const others = listed.map(({ tx_hash }) => tx_hash).filter((txHash) => txHash !== outRef.txHash);
          const rows =
            others.length === 0
              ? []
              : await read(operation, '/tx_cbor', transactionsSchema, { _tx_hashes: others });
          const spender = spenderAmong(rows, outRef);
          if (spender !== undefined) return spender;
          if (listed.length < SPENDER_PAGE) return undefined;
        }
        const count = MAX_SPENDER_PAGES * SPENDER_PAGE;
        throw fail(
          operation,
          `${outRefKey(outRef)} was not spent by the first ${count} transactions after it`,
        );
      },

      async getTip() {
        const [tip] = await read('tip', '/blocks?limit=1', blocksSchema);
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
        return (await read('blocks_after', `/blocks?${query}`, blocksSchema)).map(chainBlockOf);
      },

      async getBlockTransactions(hashOrHeight, page) {
        const operation = 'block_transactions';
        const known = isHeight(hashOrHeight) ? await blockAt(operation, hashOrHeight) : undefined;
        const hash = isHeight(hashOrHeight) ? known?.hash : hashOrHeight;
        if (hash === undefined) return undefined;
        // A fixed order, or pages would overlap.
        const query = `order=tx_hash.asc&limit=${PAGE_SIZE}&offset=${(page - 1) * PAGE_SIZE}`;
        const listed = await read(operation, `/block_txs?${query}`, blockTransactionsSchema, {
          _block_hashes: [hash],
        });
        // No rows may mean an empty page or a block that is not there.
        if (listed.length === 0 && (known ?? (await blockAt(operation, hash))) === undefined)
          return undefined;
        return listed.map(({ tx_hash }) => tx_hash);
      },

      async getTransaction(txHash) {
        const row = await transaction('transaction', txHash);
        if (row === undefined) return undefined;
        const block = { hash: row.block_hash, height: row.block_height, slot: slot(row.absolute_slot) };
        return { txHash, block, validContract: row.valid_contract };
      },

      async getTransactionBytes(txHash) {
        const cbor = (await transaction('transaction_bytes', txHash))?.cbor;
        return cbor == null ? undefined : fromHex(cbor);
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
            return read(operation, `/address_utxos?${query}`, addressUtxosSchema, body);
          },
          endless: (pages) => fail(operation, `more than ${pages} pages of ${address}`),
        });
        return eachOnce(found.filter(({ is_spent }) => !is_spent).map(unspentOutputOf));
      },

      async getAsset(asset) {
        const { policyId, assetName } = partsOf(asset);
        const query = `_asset_policy=${policyId}&_asset_name=${assetName}&limit=${PAGE_SIZE}`;
        const [found, holders] = await Promise.all([
          read('asset', '/asset_info', assetsSchema, { _asset_list: [[policyId, assetName]] }),
          read('asset_addresses', `/asset_addresses?${query}`, assetAddressesSchema),
        ]);
        const [row] = found;
        return row === undefined ? undefined : chainAssetOf(asset, row, holders);
      },

      async getProtocolParameters() {
        const [row] = await read('parameters', '/epoch_params?order=epoch_no.desc&limit=1', parametersSchema);
        if (row === undefined) throw fail('parameters', 'expected an epoch, found none');
        return koiosParametersOf(row);
      },

      async getTimeline() {
        const [genesisRows, eras] = await Promise.all([
          read('genesis', '/genesis', genesisSchema),
          read('eras', '/ogmios', erasSchema, { jsonrpc: '2.0', method: 'queryLedgerState/eraSummaries' }),
        ]);
        const [genesis] = genesisRows;
        if (genesis === undefined) throw fail('genesis', 'expected one, found none');
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
        if (!timeline.ok) throw fail('timeline', timeline.error.message, timeline.error.outcome);
        return timeline.value;
      },

      submitTransaction: calls.submitTransaction,
    };
  };
  return { ...askable(service, operationsFor), canConnect: service.canConnect, close: service.close };
}

/** A height is a number or its digits. A hash has 64 characters. */
function isHeight(hashOrHeight: string | number): boolean {
  return typeof hashOrHeight === 'number' || hashOrHeight.length < 64;
}
