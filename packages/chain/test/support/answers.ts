import { parseTxHash, type TxHash } from '@x402-facilitator/cardano';

/** Bodies in the shapes of `@blockfrost/openapi`, complete where a reader may need more fields. */

/** A transaction id made of one hex digit. */
export function txHashOf(digit: string): TxHash {
  const hash = parseTxHash(digit.repeat(64));
  if (hash === undefined) throw new Error(`expected one hex digit, found ${digit}`);
  return hash;
}

export const POLICY_ID = 'b0d07d45fe9514f80213f4020e5a61241458be626841cde717cb38a7';
export const TOKEN_UNIT = `${POLICY_ID}6e7574636f696e`;
export const ADDRESS = 'addr_test1vp9ekljcreqtk6c5lr33jnzu5upkqtjn3u8m0daxaswpelszl4je2';

export function utxoOutput(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    address: ADDRESS,
    amount: [{ unit: 'lovelace', quantity: '9007199254740993' }],
    output_index: 0,
    data_hash: null,
    inline_datum: null,
    collateral: false,
    reference_script_hash: null,
    consumed_by_tx: null,
    ...change,
  };
}

export function utxos(hash: string, outputs: readonly unknown[]): { json: unknown } {
  return { json: { hash, inputs: [], outputs } };
}

export function block(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    time: 1_641_338_934,
    height: 15_243_593,
    hash: '4ea1ba291e8eef538635a53e59fddba7810d1679631cc3aed7c8e6c4091a516a',
    slot: 412_162_133,
    epoch: 425,
    epoch_slot: 12,
    slot_leader: 'pool1pu5jlj4q9w9jlxeu370a3c9myx47md5j5m2str0naunn2qnikdy',
    size: 3,
    tx_count: 1,
    output: '128314491794',
    fees: '592661',
    block_vrf: 'vrf_vk1wf2k6lhujezqcfe00l6zetxpnmh9n6mwhpmhm0dvfh3fxgmdnrfqkms8ty',
    op_cert: 'da905277534faf75dae41732650568af545134ee08a3c0392dbefc8096ae177c',
    op_cert_counter: '18',
    previous_block: '43ebccb3ac72c7cebd0d9b755a4b08412c9f5dcb81b8a0ad1e3c197d29d47b05',
    next_block: null,
    confirmations: 0,
    ...change,
  };
}

export const genesis = {
  active_slots_coefficient: 0.05,
  update_quorum: 5,
  max_lovelace_supply: '45000000000000000',
  network_magic: 2,
  epoch_length: 86_400,
  system_start: 1_666_656_000,
  slots_per_kes_period: 129_600,
  slot_length: 1,
  max_kes_evolutions: 62,
  security_param: 432,
};

export const eras = [
  {
    start: { time: 0, slot: 0, epoch: 0 },
    end: { time: 86_400, slot: 4_320, epoch: 1 },
    parameters: { epoch_length: 4_320, slot_length: 20, safe_zone: 864 },
  },
  {
    start: { time: 86_400, slot: 4_320, epoch: 1 },
    end: { time: 172_800, slot: 90_720, epoch: 2 },
    parameters: { epoch_length: 86_400, slot_length: 1, safe_zone: 25_920 },
  },
];

/** Epoch 2 of the timeline above runs for a day from here (POSIX milliseconds). */
export const EPOCH_2_START_MS = (1_666_656_000 + 172_800) * 1000;

/** Fields of the parameters, as Blockfrost or Koios names them, that no payment needs. */
export const PARAMETERS_OF_NO_PAYMENT: readonly string[] = [
  'max_block_size',
  'max_block_header_size',
  'max_bh_size',
  'max_block_ex_mem',
  'max_block_ex_steps',
  'key_deposit',
  'pool_deposit',
  'drep_deposit',
  'gov_action_deposit',
  'min_pool_cost',
  'e_max',
  'max_epoch',
];

export function parameters(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    epoch: 2,
    min_fee_a: 44,
    min_fee_b: 155_381,
    max_block_size: 90_112,
    max_tx_size: 16_384,
    max_block_header_size: 1_100,
    key_deposit: '2000000',
    pool_deposit: '500000000',
    e_max: 18,
    n_opt: 500,
    a0: 0.3,
    rho: 0.003,
    tau: 0.2,
    decentralisation_param: 0,
    extra_entropy: null,
    protocol_major_ver: 10,
    protocol_minor_ver: 0,
    min_utxo: '4310',
    min_pool_cost: '170000000',
    nonce: '1a3be38bcbb7911969283716ad7aa550250226b76a61fc51cc9a9a35d9276d81',
    cost_models: { PlutusV1: { 'addInteger-cpu-arguments-intercept': 100_788 } },
    cost_models_raw: {
      PlutusV1: [100_788, 420, 1],
      PlutusV2: [100_788, 420, 2],
      PlutusV3: [100_788, 420, -900],
    },
    price_mem: 0.0577,
    price_step: 0.0000721,
    max_tx_ex_mem: '14000000',
    max_tx_ex_steps: '10000000000',
    max_block_ex_mem: '62000000',
    max_block_ex_steps: '20000000000',
    max_val_size: '5000',
    collateral_percent: 150,
    max_collateral_inputs: 3,
    coins_per_utxo_size: '4310',
    coins_per_utxo_word: '4310',
    gov_action_lifetime: '30',
    gov_action_deposit: '100000000000',
    drep_deposit: '500000000',
    drep_activity: '20',
    min_fee_ref_script_cost_per_byte: 15,
    ...change,
  };
}
