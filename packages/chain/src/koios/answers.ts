import { type AssetId, type ChainAsset, type ProtocolParameters, slot } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import { protocolParametersOf } from '../http/index.js';
import type { ChainBlock } from '../provider/index.js';
import type { assetAddressesSchema, assetsSchema, KoiosBlock, parametersSchema } from './schemas.js';

/** The label of token metadata (CIP-25). */
const TOKEN_METADATA = '721';

/** The two halves of an asset id. */
export function partsOf(asset: AssetId): { readonly policyId: string; readonly assetName: string } {
  const [policyId = '', assetName = ''] = asset.split('.');
  return { policyId, assetName };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : null;
}

/** Koios shows the metadata of the whole minting transaction, with names as hex or as text. */
function metadataOf(transactionMetadata: unknown, asset: AssetId): unknown {
  const { policyId, assetName } = partsOf(asset);
  const ofPolicy = fieldOf(fieldOf(transactionMetadata, TOKEN_METADATA), policyId);
  return fieldOf(ofPolicy, assetName) ?? fieldOf(ofPolicy, Buffer.from(assetName, 'hex').toString());
}

/** An asset from its row in `/asset_info` and the rows of `/asset_addresses`. */
export function chainAssetOf(
  asset: AssetId,
  row: z.output<typeof assetsSchema>[number],
  holders: Readonly<z.output<typeof assetAddressesSchema>>,
): ChainAsset {
  return {
    quantity: row.total_supply,
    holders: holders.map(({ payment_address }) => payment_address),
    metadata: metadataOf(row.minting_tx_metadata, asset),
  };
}

/** The parameters of `/epoch_params`. */
export function koiosParametersOf(row: z.output<typeof parametersSchema>[number]): ProtocolParameters {
  return protocolParametersOf(row, row.cost_models, {
    epoch: row.epoch_no,
    protocolVersion: { major: row.protocol_major, minor: row.protocol_minor },
  });
}

/** The parts of a block that the follower needs. */
export function chainBlockOf(block: KoiosBlock): ChainBlock {
  return {
    hash: block.hash,
    height: block.block_height,
    slot: slot(block.abs_slot),
    parentHash: block.parent_hash ?? '',
    transactionCount: block.tx_count,
  };
}
