import { fromHex, type Network, type TxHash } from '@x402-facilitator/cardano';
import {
  createHttpService,
  eachOnce,
  type HttpProviderOptions,
  projectIdCredential,
  readPages,
  timelineOf,
} from '../http/index.js';
import {
  type Asking,
  askable,
  type ClosableChainProvider,
  type ProviderOperations,
  type ProviderOutput,
} from '../provider/index.js';
import { blockfrostParametersOf, chainBlockOf, evidenceOf } from './answers.js';
import { readAsset } from './assets.js';
import { providerOutputOf, regularOutputs, unspentOutputOf } from './outputs.js';
import { createReferenceScriptReader } from './reference-scripts.js';
import {
  addressUtxosSchema,
  blockSchema,
  blocksSchema,
  blockTransactionsSchema,
  erasSchema,
  genesisSchema,
  mempoolTransactionSchema,
  parametersSchema,
  transactionCborSchema,
  transactionSchema,
  transactionUtxosSchema,
} from './schemas.js';

/** `url` is `…/api/v0` of a Blockfrost-shaped server. */
export type BlockfrostProviderOptions = HttpProviderOptions & {
  /** Sent as the `project_id` header and nowhere else. */
  readonly projectId?: string | undefined;
};

const PAGE_SIZE = 100;

/** Blockfrost's own service: one host per network. */
const SERVICE_URLS: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'https://cardano-mainnet.blockfrost.io/api/v0',
  'cardano:preprod': 'https://cardano-preprod.blockfrost.io/api/v0',
  'cardano:preview': 'https://cardano-preview.blockfrost.io/api/v0',
};

/**
 * Creates a chain provider over the HTTP API of Blockfrost, hosted or self-hosted. It caches only scripts, by hash. Other
 * caches, joined reads and fail-over are layers over `ChainProvider`.
 */
export function createBlockfrostProvider(options: BlockfrostProviderOptions): ClosableChainProvider {
  const service = createHttpService(options, {
    name: 'blockfrost',
    urls: SERVICE_URLS,
    credential: projectIdCredential(options.projectId),
    submitPath: '/tx/submit',
  });
  const { network, fail } = service;
  const readReferenceScript = createReferenceScriptReader(service.name);

  /** Every network has this, so "not found" is a failure of the provider. */
  const expectFound = <T>(operation: string, value: T | undefined): T => {
    if (value === undefined) throw fail(operation, 'HTTP 404 for something that every network has');
    return value;
  };

  const operationsFor = (asking: Asking): ProviderOperations => {
    const { read, submitTransaction } = service.callsOf(asking);
    return {
      async getTransactionOutputs(txHash) {
        const answer = await read('outputs', `/txs/${txHash}/utxos`, transactionUtxosSchema);
        if (answer === undefined) return undefined;
        if (answer.hash !== txHash) throw fail('outputs', `asked for ${txHash}, found ${answer.hash}`);
        return Promise.all(
          regularOutputs(answer.outputs).map(async (output): Promise<ProviderOutput> => {
            const scriptHash = output.reference_script_hash;
            const script = scriptHash === null ? undefined : await readReferenceScript(scriptHash, read);
            return providerOutputOf(txHash, output, script);
          }),
        );
      },

      async getSpender({ outRef: { txHash, index } }) {
        const answer = await read('spender', `/txs/${txHash}/utxos`, transactionUtxosSchema);
        const output = answer && regularOutputs(answer.outputs).find((it) => it.output_index === index);
        return output?.consumed_by_tx ?? undefined;
      },

      async getTip() {
        return chainBlockOf(expectFound('tip', await read('tip', '/blocks/latest', blockSchema)));
      },

      async getBlock(hashOrHeight) {
        const block = await read('block', `/blocks/${hashOrHeight}`, blockSchema);
        return block === undefined ? undefined : chainBlockOf(block);
      },

      async getBlocksAfter(hashOrHeight, limit) {
        const count = Math.min(Math.max(Math.trunc(limit), 1), PAGE_SIZE);
        const blocks = await read(
          'blocks_after',
          `/blocks/${hashOrHeight}/next?count=${count}`,
          blocksSchema,
        );
        return blocks?.map(chainBlockOf);
      },

      async getBlockTransactions(hashOrHeight, page) {
        const path = `/blocks/${hashOrHeight}/txs?count=${PAGE_SIZE}&page=${page}`;
        return read('block_transactions', path, blockTransactionsSchema);
      },

      async getTransaction(txHash) {
        const transaction = await read('transaction', `/txs/${txHash}`, transactionSchema);
        if (transaction === undefined) return undefined;
        if (transaction.hash !== txHash)
          throw fail('transaction', `asked for ${txHash}, found ${transaction.hash}`);
        return evidenceOf(transaction);
      },

      async getTransactionBytes(txHash) {
        const answer = await read('transaction_bytes', `/txs/${txHash}/cbor`, transactionCborSchema);
        return answer === undefined ? undefined : fromHex(answer.cbor);
      },

      async isInMempool(txHash: TxHash) {
        return (await read('mempool', `/mempool/${txHash}`, mempoolTransactionSchema)) !== undefined;
      },

      async getUnspentOutputs(address) {
        const operation = 'address_outputs';
        const rows = await readPages({
          pageSize: PAGE_SIZE,
          read: async (page) =>
            (await read(
              operation,
              `/addresses/${address}/utxos?count=${PAGE_SIZE}&page=${page}`,
              addressUtxosSchema,
            )) ?? [],
          endless: (pages) => fail(operation, `more than ${pages} pages of ${address}`),
        });
        return eachOnce(rows.map(unspentOutputOf));
      },

      getAsset: (asset) => readAsset(read, asset),

      async getProtocolParameters() {
        const answer = await read('parameters', '/epochs/latest/parameters', parametersSchema);
        return blockfrostParametersOf(expectFound('parameters', answer));
      },

      async getTimeline() {
        const [genesis, eras] = await Promise.all([
          read('genesis', '/genesis', genesisSchema),
          read('eras', '/network/eras', erasSchema),
        ]);
        const timeline = timelineOf(network, expectFound('genesis', genesis), expectFound('eras', eras));
        if (!timeline.ok) throw fail('timeline', timeline.error.message, timeline.error.outcome);
        return timeline.value;
      },

      submitTransaction,
    };
  };
  return { ...askable(service, operationsFor), canConnect: service.canConnect, close: service.close };
}
