import { type AssetId, fromHex, LOVELACE, lovelace, type Network } from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';
import { type ChainReader, ChainUnreachableError, type WalletOutput } from './chain-reader.js';
import { costModels, ledgerParameters, ledgerParametersOf } from './ledger-parameters.js';
import { PAGE_SIZE, readPages } from './pages.js';
import { createJsonReader, createSubmitter, type ProviderOptions } from './read-json.js';
import { count, hex, quantity, txHash, unit } from './schemas.js';

const SERVICE_URLS: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'https://cardano-mainnet.blockfrost.io/api/v0',
  'cardano:preprod': 'https://cardano-preprod.blockfrost.io/api/v0',
  'cardano:preview': 'https://cardano-preview.blockfrost.io/api/v0',
};

const addressUtxos = z.array(
  z.object({
    address: z.string(),
    tx_hash: txHash,
    output_index: count,
    amount: z.array(z.object({ unit, quantity })),
    inline_datum: hex.nullish(),
    reference_script_hash: hex.nullable(),
  }),
);
const parameters = z.object({
  min_fee_a: count.transform(BigInt),
  min_fee_b: count.transform(BigInt),
  coins_per_utxo_size: quantity,
  max_tx_size: count,
  max_val_size: quantity.transform(Number),
});
const scriptParameters = z.object({
  ...ledgerParameters,
  epoch: count,
  protocol_major_ver: count,
  protocol_minor_ver: count,
  cost_models_raw: costModels,
});
const block = z.object({ height: count, slot: count });
const transaction = z.object({ hash: txHash, block_height: count, valid_contract: z.boolean() });
const transactionBytes = z.object({ cbor: hex });
const asset = z.object({ quantity, onchain_metadata: z.unknown() });
const assetAddresses = z.array(z.object({ address: z.string() }));
const transactionUtxos = z.object({
  outputs: z.array(
    z.object({ output_index: count, collateral: z.boolean(), consumed_by_tx: txHash.nullish() }),
  ),
});

/**
 * A chain reader on Blockfrost, or on any server with its API. Runs in Node and in browsers.
 *
 * @param options `url` is `…/api/v0`; `projectId` is sent to it and nowhere else.
 * @example
 * const chain = blockfrost('cardano:preview', { projectId });
 */
export function blockfrost(
  network: Network,
  options: ProviderOptions & { readonly projectId?: string | undefined } = {},
): ChainReader {
  const { projectId, url = SERVICE_URLS[network] } = options;
  const headers: Readonly<Record<string, string>> = projectId === undefined ? {} : { project_id: projectId };
  const read = createJsonReader(url, options, headers);
  const submit = createSubmitter(url, options, headers);
  const expect = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new ChainUnreachableError(`the chain's provider does not know ${what}`);
    return value;
  };
  return {
    network,
    unspentOutputs: (address) =>
      readPages(async (page) => {
        const path = `/addresses/${address}/utxos?count=${PAGE_SIZE}&page=${page}`;
        const rows = (await read(path, addressUtxos)) ?? [];
        const plain = rows.filter(({ reference_script_hash }) => reference_script_hash === null);
        return { isLast: rows.length < PAGE_SIZE, outputs: plain.map(outputOf) };
      }),
    async parameters() {
      const found = expect(await read('/epochs/latest/parameters', parameters), 'the parameters');
      return {
        minFeePerByte: found.min_fee_a,
        minFeeConstant: found.min_fee_b,
        coinsPerUtxoByte: found.coins_per_utxo_size,
        maxTransactionBytes: found.max_tx_size,
        maxValueBytes: found.max_val_size,
      };
    },
    async ledgerParameters() {
      const found = expect(await read('/epochs/latest/parameters', scriptParameters), 'the parameters');
      const protocolVersion = { major: found.protocol_major_ver, minor: found.protocol_minor_ver };
      return ledgerParametersOf(found, found.cost_models_raw, { epoch: found.epoch, protocolVersion });
    },
    submit: (transaction) => submit('/tx/submit', transaction),
    tip: async () => expect(await read('/blocks/latest', block), 'its tip'),
    async transaction(wanted) {
      const found = await read(`/txs/${wanted}`, transaction);
      if (found === undefined) return undefined;
      const { cbor } = expect(await read(`/txs/${wanted}/cbor`, transactionBytes), `the bytes of ${wanted}`);
      const bytes = fromHex(cbor) ?? new Uint8Array();
      return { bytes, isValid: found.valid_contract, height: found.block_height };
    },
    async spenderOf({ txHash: parent, index }) {
      const found = await read(`/txs/${parent}/utxos`, transactionUtxos);
      const output = found?.outputs.find((each) => each.output_index === index && !each.collateral);
      return output?.consumed_by_tx ?? undefined;
    },
    async asset(wanted) {
      const path = `/assets/${wanted.replace('.', '')}`;
      const minted = await read(path, asset);
      if (minted === undefined) return undefined;
      const holders = (await read(`${path}/addresses?count=${PAGE_SIZE}`, assetAddresses)) ?? [];
      const metadata = minted.onchain_metadata;
      return { quantity: minted.quantity, holders: holders.map(({ address }) => address), metadata };
    },
  };
}

function outputOf(row: z.output<typeof addressUtxos>[number]): WalletOutput {
  let coins = 0n;
  const assets = new Map<AssetId, bigint>();
  for (const each of row.amount) {
    if (each.unit === LOVELACE) coins += each.quantity;
    else assets.set(each.unit, (assets.get(each.unit) ?? 0n) + each.quantity);
  }
  return {
    outRef: { txHash: row.tx_hash, index: row.output_index },
    address: row.address,
    lovelace: lovelace(coins),
    assets,
    ...(row.inline_datum ? { inlineDatum: row.inline_datum } : {}),
  };
}
