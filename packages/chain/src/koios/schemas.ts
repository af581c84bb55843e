import { z } from 'zod';
import { costModel, count, hash, hex, quantity, rational, txHash } from '../http/index.js';

/**
 * The parts of Koios's answers that are read here (`specs/` of `cardano-community/koios-artifacts`). Every answer is a
 * list that leaves out what is unknown: Koios does not answer 404.
 */

const block = z.object({
  hash,
  block_height: count,
  abs_slot: count,
  tx_count: count,
  /** `null` for the first block of a network. */
  parent_hash: hash.nullable(),
});

/** `/blocks` and `/block_info` */
export const blocksSchema = z.array(block);

export type KoiosBlock = z.output<typeof block>;

/** `/block_txs` */
export const blockTransactionsSchema = z.array(z.object({ block_hash: hash, tx_hash: txHash }));

/** `/tx_cbor` */
export const transactionsSchema = z.array(
  z.object({
    tx_hash: txHash,
    block_hash: hash,
    block_height: count,
    absolute_slot: count,
    /** `null` where the indexer did not keep it. */
    cbor: hex.nullable(),
    valid_contract: z.boolean(),
  }),
);

/** `/utxo_info`. Where `is_spent` is left out, the spending is unknown. */
export const utxosSchema = z.array(
  z.object({ tx_hash: txHash, tx_index: count, is_spent: z.boolean().nullish() }),
);

/** `/address_txs` */
export const addressTransactionsSchema = z.array(z.object({ tx_hash: txHash }));

/** `/address_utxos` with `_extended`, which adds the assets. */
export const addressUtxosSchema = z.array(
  z.object({
    tx_hash: txHash,
    tx_index: count,
    value: quantity,
    datum_hash: hash.nullable(),
    inline_datum: z.unknown(),
    reference_script: z.unknown(),
    asset_list: z.array(z.unknown()),
    is_spent: z.boolean(),
  }),
);

/** Some instances write large integers as JSON numbers, some as text. */
const units = z.union([count.transform(BigInt), quantity]);

/** `/asset_info` */
export const assetsSchema = z.array(z.object({ total_supply: units, minting_tx_metadata: z.unknown() }));

/** `/asset_addresses` */
export const assetAddressesSchema = z.array(z.object({ payment_address: z.string().min(1) }));

/** `/epoch_params`: what a payment needs. Others may be missing, be new, or be of any type. */
export const parametersSchema = z.array(
  z.object({
    epoch_no: count,
    protocol_major: count,
    protocol_minor: count,
    min_fee_a: count.transform(BigInt),
    min_fee_b: count.transform(BigInt),
    coins_per_utxo_size: quantity,
    max_tx_size: count,
    max_val_size: units.transform(Number),
    collateral_percent: count,
    max_collateral_inputs: count,
    price_mem: rational,
    price_step: rational,
    max_tx_ex_mem: units,
    max_tx_ex_steps: units,
    min_fee_ref_script_cost_per_byte: rational,
    cost_models: z.object({
      PlutusV1: costModel.optional(),
      PlutusV2: costModel.optional(),
      PlutusV3: costModel.optional(),
    }),
  }),
);

const decimalText = z.string().regex(/^\d+$/).transform(Number);

/** `/genesis`; `systemstart` in POSIX seconds. */
export const genesisSchema = z.array(z.object({ networkmagic: decimalText, systemstart: count }));

/** `/ogmios` with `queryLedgerState/eraSummaries`. */
export const erasSchema = z.object({
  result: z
    .array(
      z.object({
        start: z.object({
          time: z.object({ seconds: z.number().nonnegative() }),
          slot: count,
          epoch: count,
        }),
        parameters: z.object({
          epochLength: count.positive(),
          slotLength: z.object({ milliseconds: z.number().positive() }),
        }),
      }),
    )
    .min(1),
});
