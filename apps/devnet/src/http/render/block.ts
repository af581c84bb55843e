import { bech32 } from '@scure/base';
import { slotStartMs } from '@x402-facilitator/cardano';
import type { Block, ChainView } from '../../ledger/index.js';
import { epochPositionOf, type NetworkProfile } from '../../network/index.js';

/** One pool forges every block. Its identity is invented and never changes. */
const POOL_ID = bech32.encode('pool', bech32.toWords(new Uint8Array(28).fill(0x42)));
const VRF_KEY = bech32.encode('vrf_vk', bech32.toWords(new Uint8Array(32).fill(0x42)));
const OPERATIONAL_CERTIFICATE = '42'.repeat(32);

/** POSIX seconds at which a block's slot began. */
export function blockTime(profile: NetworkProfile, { slot }: Pick<Block, 'slot'>): number {
  return slotStartMs(profile.timeline, slot) / 1000;
}

/** `block_content`. */
export function renderBlock(profile: NetworkProfile, view: ChainView, block: Block) {
  const { epoch, slotInEpoch } = epochPositionOf(profile, block.slot);
  const { transactions } = block;
  const empty = transactions.length === 0;
  const output = transactions.reduce(
    (sum, { transaction }) => transaction.outputs.reduce((total, { lovelace }) => total + lovelace, sum),
    0n,
  );
  const fees = transactions.reduce((sum, { transaction }) => sum + transaction.fee, 0n);
  return {
    time: blockTime(profile, block),
    height: block.height,
    hash: block.hash,
    slot: block.slot,
    epoch,
    epoch_slot: slotInEpoch,
    slot_leader: POOL_ID,
    // An empty block body takes four bytes.
    size: block.bodyBytes + 4,
    tx_count: transactions.length,
    output: empty ? null : output.toString(),
    fees: empty ? null : fees.toString(),
    block_vrf: VRF_KEY,
    op_cert: OPERATIONAL_CERTIFICATE,
    op_cert_counter: '0',
    previous_block: block.height === 0 ? null : block.previousHash,
    next_block: view.block(block.height + 1)?.hash ?? null,
    confirmations: view.tip.height - block.height,
  };
}
