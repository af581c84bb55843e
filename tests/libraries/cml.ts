import { randomBytes } from 'node:crypto';
import {
  Address,
  AssetName,
  BaseAddress,
  Bip32PrivateKey,
  ChangeSelectionAlgo,
  CoinSelectionStrategyCIP2,
  CostModels,
  Credential,
  ExUnitPrices,
  hash_transaction,
  LinearFee,
  MapAssetNameToCoin,
  MultiAsset,
  make_vkey_witness,
  Rational,
  ScriptHash,
  SingleInputBuilder,
  TransactionBuilder,
  TransactionBuilderConfigBuilder,
  TransactionHash,
  TransactionInput,
  TransactionOutput,
  TransactionOutputBuilder,
  Value,
} from '@dcspark/cardano-multiplatform-lib-nodejs';
import type { OpenLibrary } from './library.js';
import { type ListedOutput, type ListedParameters, plainBlockfrost } from './plain-blockfrost.js';

const hardened = (index: number) => index + 0x80_00_00_00;

const assetsOf = (policyId: string, nameHex: string, quantity: bigint) => {
  const assets = MapAssetNameToCoin.new();
  assets.insert(AssetName.from_raw_bytes(Buffer.from(nameHex, 'hex')), quantity);
  const all = MultiAsset.new();
  all.insert_assets(ScriptHash.from_hex(policyId), assets);
  return all;
};

function configOf(parameters: ListedParameters) {
  // Its builder wants prices of scripts, and this payment has none.
  const none = Rational.new(0n, 1n);
  return TransactionBuilderConfigBuilder.new()
    .fee_algo(LinearFee.new(BigInt(parameters.min_fee_a), BigInt(parameters.min_fee_b), 0n))
    .coins_per_utxo_byte(BigInt(parameters.coins_per_utxo_size))
    .key_deposit(BigInt(parameters.key_deposit))
    .pool_deposit(BigInt(parameters.pool_deposit))
    .max_tx_size(parameters.max_tx_size)
    .max_value_size(Number(parameters.max_val_size))
    .ex_unit_prices(ExUnitPrices.new(none, none))
    .cost_models(CostModels.from_json('{}'))
    .collateral_percentage(150)
    .max_collateral_inputs(3)
    .build();
}

function inputOf(address: Address, { tx_hash, output_index, amount }: ListedOutput) {
  let value = Value.zero();
  for (const { unit, quantity } of amount)
    value = value.checked_add(
      unit === 'lovelace'
        ? Value.from_coin(BigInt(quantity))
        : Value.new(0n, assetsOf(unit.slice(0, 56), unit.slice(56), BigInt(quantity))),
    );
  return SingleInputBuilder.new(
    TransactionInput.new(TransactionHash.from_hex(tx_hash), BigInt(output_index)),
    TransactionOutput.new(address, value),
  ).payment_key();
}

/** It has no provider. */
export const openCml: OpenLibrary = async (url) => {
  const chain = plainBlockfrost(url);
  const account = Bip32PrivateKey.from_bip39_entropy(randomBytes(32), new Uint8Array())
    .derive(hardened(1852))
    .derive(hardened(1815))
    .derive(hardened(0));
  const payment = account.derive(0).derive(0).to_raw_key();
  const stake = account.derive(2).derive(0).to_raw_key();
  const own = BaseAddress.new(
    0,
    Credential.new_pub_key(payment.to_public().hash()),
    Credential.new_pub_key(stake.to_public().hash()),
  ).to_address();
  const address = own.to_bech32();
  return {
    address,
    async pay({ payTo, token, amount, validToMs }) {
      const parameters = await chain.parameters();
      const builder = TransactionBuilder.new(configOf(parameters));
      const output = TransactionOutputBuilder.new().with_address(Address.from_bech32(payTo)).next();
      builder.add_output(
        token === undefined
          ? output.with_value(Value.from_coin(amount)).build()
          : output
              .with_asset_and_min_required_coin(
                assetsOf(token.policyId, token.nameHex, amount),
                BigInt(parameters.coins_per_utxo_size),
              )
              .build(),
      );
      builder.set_ttl(BigInt(await chain.slotAt(validToMs)));
      for (const listed of await chain.outputs(address)) builder.add_utxo(inputOf(own, listed));
      builder.select_utxos(CoinSelectionStrategyCIP2.LargestFirstMultiAsset);
      builder.add_change_if_needed(own, true);
      const signed = builder.build(ChangeSelectionAlgo.Default, own);
      signed.add_vkey(make_vkey_witness(hash_transaction(signed.body()), payment));
      return signed.build_checked().to_cbor_hex();
    },
  };
};
