import { type AssetId, LOVELACE, parseAssetId } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { costModel, count, hash, hex, parsedBy, quantity, rational, txHash } from '../http/index.js';

/**
 * The parts of Blockfrost's answers that are read here (`@blockfrost/openapi`). Unknown fields are dropped. A known field
 * of another shape fails the whole answer: with money, an error is better than a guess.
 */

const POLICY_ID_LENGTH = 56;

/** `lovelace`, or policy id and asset name run together. */
const unit = parsedBy<AssetId>(
  (text) =>
    text === LOVELACE
      ? LOVELACE
      : parseAssetId(`${text.slice(0, POLICY_ID_LENGTH)}.${text.slice(POLICY_ID_LENGTH)}`),
  'expected lovelace or policy id and asset name in hex',
);

const outputSchema = z.object({
  address: z.string().min(1),
  amount: z.array(z.object({ unit, quantity })),
  output_index: count,
  data_hash: hash.nullable(),
  inline_datum: hex.nullable(),
  collateral: z.boolean(),
  reference_script_hash: hex.nullable(),
  /** Some servers leave it out: then it is unknown. `null` means unspent. */
  consumed_by_tx: txHash.nullish(),
});

/** `/addresses/{address}/utxos` */
export const addressUtxosSchema = z.array(
  z.object({
    tx_hash: txHash,
    output_index: count,
    amount: z.array(z.object({ unit, quantity })),
    data_hash: hash.nullable(),
    inline_datum: hex.nullable(),
    reference_script_hash: hex.nullable(),
  }),
);

/** `/txs/{hash}/utxos` */
export const transactionUtxosSchema = z.object({ hash: txHash, outputs: z.array(outputSchema) });

/** One output of `/txs/{hash}/utxos`. */
export type UtxoOutput = z.infer<typeof outputSchema>;

/** `/blocks/{hash_or_number}` */
export const blockSchema = z.object({
  hash,
  height: count,
  slot: count,
  tx_count: count,
  /** `null` for the first block of a network. */
  previous_block: hash.nullable(),
});

/** `/blocks/{hash_or_number}/next` */
export const blocksSchema = z.array(blockSchema);

/** `/blocks/{hash_or_number}/txs` */
export const blockTransactionsSchema = z.array(txHash);

/** `/txs/{hash}` */
export const transactionSchema = z.object({
  hash: txHash,
  block: hash,
  block_height: count,
  slot: count,
  valid_contract: z.boolean(),
});

/** `/assets/{asset}`. The metadata may be anything. */
export const assetSchema = z.object({ quantity, onchain_metadata: z.unknown() });

/** `/assets/{asset}/addresses` */
export const assetAddressesSchema = z.array(z.object({ address: z.string().min(1) }));

/** `/mempool/{hash}` */
export const mempoolTransactionSchema = z.object({ tx: z.object({ hash: txHash }) });

/** `/epochs/latest/parameters`: what a payment needs. Others may be missing, be new, or be of any type. */
export const parametersSchema = z.object({
  epoch: count,
  protocol_major_ver: count,
  protocol_minor_ver: count,
  min_fee_a: count.transform(BigInt),
  min_fee_b: count.transform(BigInt),
  coins_per_utxo_size: quantity,
  max_tx_size: count,
  max_val_size: quantity.transform(Number),
  collateral_percent: count,
  max_collateral_inputs: count,
  price_mem: rational,
  price_step: rational,
  max_tx_ex_mem: quantity,
  max_tx_ex_steps: quantity,
  min_fee_ref_script_cost_per_byte: rational,
  /** In the ledger's order, which the named form (`cost_models`) does not have. */
  cost_models_raw: z.object({
    PlutusV1: costModel.optional(),
    PlutusV2: costModel.optional(),
    PlutusV3: costModel.optional(),
  }),
});

/** `/genesis`; `system_start` in POSIX seconds. */
export const genesisSchema = z.object({ network_magic: count, system_start: count });

const eraBound = z.object({ time: z.number().nonnegative(), slot: count, epoch: count });

/** `/network/eras`; times in seconds after the system start. */
export const erasSchema = z
  .array(
    z.object({
      start: eraBound,
      end: eraBound.nullish(),
      parameters: z.object({ epoch_length: count.positive(), slot_length: z.number().positive() }),
    }),
  )
  .min(1);

/** `/scripts/{hash}`. More languages may come. */
export const scriptSchema = z.object({ script_hash: hex, type: z.string() });

/** `/txs/{hash}/cbor` */
export const transactionCborSchema = z.object({ cbor: hex });

/** `/scripts/{hash}/cbor`; `null` for a native script. */
export const scriptCborSchema = z.object({ cbor: hex.nullable() });

/** `/scripts/{hash}/json`; `null` for a Plutus script. */
export const scriptJsonSchema = z.object({ json: z.unknown() });
