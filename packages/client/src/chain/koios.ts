import {
  type AssetId,
  fromHex,
  lovelace,
  type Network,
  nativeAssetId,
} from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';
import { type ChainReader, ChainUnreachableError, type WalletOutput } from './chain-reader.js';
import { costModels, ledgerParameters, ledgerParametersOf } from './ledger-parameters.js';
import { PAGE_SIZE, readPages } from './pages.js';
import { createJsonReader, createSubmitter, type ProviderOptions } from './read-json.js';
import { count, hex, integer, txHash } from './schemas.js';

const SERVICE_URLS: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'https://api.koios.rest/api/v1',
  'cardano:preprod': 'https://preprod.koios.rest/api/v1',
  'cardano:preview': 'https://preview.koios.rest/api/v1',
};

const addressUtxos = z.array(
  z.object({
    tx_hash: txHash,
    tx_index: count,
    address: z.string(),
    value: integer,
    inline_datum: z.object({ bytes: hex }).nullish(),
    reference_script: z.unknown(),
    asset_list: z
      .array(z.object({ policy_id: hex, asset_name: hex.nullable(), quantity: integer }))
      .nullable(),
    is_spent: z.boolean(),
  }),
);
const parameters = z.array(
  z.object({
    min_fee_a: count.transform(BigInt),
    min_fee_b: count.transform(BigInt),
    coins_per_utxo_size: integer,
    max_tx_size: count,
    max_val_size: integer.transform(Number),
  }),
);
const scriptParameters = z.array(
  z.object({
    ...ledgerParameters,
    epoch_no: count,
    protocol_major: count,
    protocol_minor: count,
    cost_models: costModels,
  }),
);
const blocks = z.array(z.object({ block_height: count, abs_slot: count }));
const transactions = z.array(
  z.object({ tx_hash: txHash, block_height: count, cbor: hex.nullable(), valid_contract: z.boolean() }),
);

/**
 * A chain reader on Koios. It does not tell which transaction spent an output, so a payment ends for it only by its TTL.
 *
 * @param options `url` is `…/api/v1`; `token` is sent to it and nowhere else.
 * @example
 * const chain = koios('cardano:preprod');
 */
export function koios(
  network: Network,
  options: ProviderOptions & { readonly token?: string | undefined } = {},
): ChainReader {
  const { token, url = SERVICE_URLS[network] } = options;
  const headers: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const read = createJsonReader(url, options, headers);
  const submit = createSubmitter(url, options, headers);
  const first = <T>(rows: readonly T[] | undefined, what: string): T => {
    const [row] = rows ?? [];
    if (row === undefined) throw new ChainUnreachableError(`the chain's provider does not know ${what}`);
    return row;
  };
  return {
    network,
    unspentOutputs: (address) =>
      readPages(async (page) => {
        const order = 'order=tx_hash.asc,tx_index.asc';
        const path = `/address_utxos?${order}&limit=${PAGE_SIZE}&offset=${(page - 1) * PAGE_SIZE}`;
        const rows = (await read(path, addressUtxos, { _addresses: [address], _extended: true })) ?? [];
        const plain = rows.filter((row) => !row.is_spent && (row.reference_script ?? null) === null);
        return { isLast: rows.length < PAGE_SIZE, outputs: plain.map(outputOf) };
      }),
    async parameters() {
      const found = first(
        await read('/epoch_params?order=epoch_no.desc&limit=1', parameters),
        'the parameters',
      );
      return {
        minFeePerByte: found.min_fee_a,
        minFeeConstant: found.min_fee_b,
        coinsPerUtxoByte: found.coins_per_utxo_size,
        maxTransactionBytes: found.max_tx_size,
        maxValueBytes: found.max_val_size,
      };
    },
    async ledgerParameters() {
      const path = '/epoch_params?order=epoch_no.desc&limit=1';
      const found = first(await read(path, scriptParameters), 'the parameters');
      const protocolVersion = { major: found.protocol_major, minor: found.protocol_minor };
      return ledgerParametersOf(found, found.cost_models, { epoch: found.epoch_no, protocolVersion });
    },
    submit: (transaction) => submit('/submittx', transaction),
    async tip() {
      const tip = first(await read('/blocks?limit=1', blocks), 'its tip');
      return { height: tip.block_height, slot: tip.abs_slot };
    },
    async transaction(wanted) {
      const rows = await read('/tx_cbor', transactions, { _tx_hashes: [wanted] });
      const row = rows?.find(({ tx_hash }) => tx_hash === wanted);
      if (row === undefined) return undefined;
      if (row.cbor === null)
        throw new ChainUnreachableError(`the chain's provider has no bytes of ${wanted}`);
      const bytes = fromHex(row.cbor) ?? new Uint8Array();
      return { bytes, isValid: row.valid_contract, height: row.block_height };
    },
    spenderOf: async () => undefined,
    tellsNoSpenders: true,
  };
}

function outputOf(row: z.output<typeof addressUtxos>[number]): WalletOutput {
  const assets = new Map<AssetId, bigint>();
  for (const { policy_id, asset_name, quantity } of row.asset_list ?? [])
    assets.set(nativeAssetId(policy_id, asset_name ?? ''), quantity);
  return {
    outRef: { txHash: row.tx_hash, index: row.tx_index },
    address: row.address,
    lovelace: lovelace(row.value),
    assets,
    ...(row.inline_datum ? { inlineDatum: row.inline_datum.bytes } : {}),
  };
}
