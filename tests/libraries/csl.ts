import { randomBytes } from 'node:crypto';
import {
  Address,
  AssetName,
  Assets,
  BaseAddress,
  BigNum,
  Bip32PrivateKey,
  CoinSelectionStrategyCIP2,
  Credential,
  DataCost,
  FixedTransaction,
  LinearFee,
  MultiAsset,
  ScriptHash,
  TransactionBuilder,
  TransactionBuilderConfigBuilder,
  TransactionHash,
  TransactionInput,
  TransactionOutput,
  TransactionOutputBuilder,
  TransactionUnspentOutput,
  TransactionUnspentOutputs,
  Value,
} from '@emurgo/cardano-serialization-lib-nodejs';
import type { OpenLibrary } from './library.js';
import { type ListedOutput, type ListedParameters, plainBlockfrost } from './plain-blockfrost.js';

const number = (text: string | number | bigint) => BigNum.from_str(String(text));
const hardened = (index: number) => index + 0x80_00_00_00;

const assetsOf = (policyId: string, nameHex: string, quantity: string | bigint) => {
  const assets = Assets.new();
  assets.insert(AssetName.new(Buffer.from(nameHex, 'hex')), number(quantity));
  const all = MultiAsset.new();
  all.insert(ScriptHash.from_hex(policyId), assets);
  return all;
};

function configOf(parameters: ListedParameters) {
  return TransactionBuilderConfigBuilder.new()
    .fee_algo(LinearFee.new(number(parameters.min_fee_a), number(parameters.min_fee_b)))
    .coins_per_utxo_byte(number(parameters.coins_per_utxo_size))
    .key_deposit(number(parameters.key_deposit))
    .pool_deposit(number(parameters.pool_deposit))
    .max_tx_size(parameters.max_tx_size)
    .max_value_size(Number(parameters.max_val_size))
    .build();
}

function unspentOf(address: string, { tx_hash, output_index, amount }: ListedOutput) {
  let value = Value.zero();
  for (const { unit, quantity } of amount)
    value = value.checked_add(
      unit === 'lovelace'
        ? Value.new(number(quantity))
        : Value.new_from_assets(assetsOf(unit.slice(0, 56), unit.slice(56), quantity)),
    );
  return TransactionUnspentOutput.new(
    TransactionInput.new(TransactionHash.from_hex(tx_hash), output_index),
    TransactionOutput.new(Address.from_bech32(address), value),
  );
}

/** It has no provider. */
export const openCsl: OpenLibrary = async (url) => {
  const chain = plainBlockfrost(url);
  const account = Bip32PrivateKey.from_bip39_entropy(randomBytes(32), new Uint8Array())
    .derive(hardened(1852))
    .derive(hardened(1815))
    .derive(hardened(0));
  const payment = account.derive(0).derive(0).to_raw_key();
  const stake = account.derive(2).derive(0).to_raw_key();
  const own = BaseAddress.new(
    0,
    Credential.from_keyhash(payment.to_public().hash()),
    Credential.from_keyhash(stake.to_public().hash()),
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
          ? output.with_value(Value.new(number(amount))).build()
          : output
              .with_asset_and_min_required_coin_by_utxo_cost(
                assetsOf(token.policyId, token.nameHex, amount),
                DataCost.new_coins_per_byte(number(parameters.coins_per_utxo_size)),
              )
              .build(),
      );
      builder.set_ttl_bignum(number(await chain.slotAt(validToMs)));
      const unspent = TransactionUnspentOutputs.new();
      for (const listed of await chain.outputs(address)) unspent.add(unspentOf(address, listed));
      builder.add_inputs_from(unspent, CoinSelectionStrategyCIP2.LargestFirstMultiAsset);
      builder.add_change_if_needed(own);
      const transaction = FixedTransaction.from_bytes(builder.build_tx().to_bytes());
      transaction.sign_and_add_vkey_signature(payment);
      return transaction.to_hex();
    },
  };
};
