import {
  Address,
  Assets,
  Client,
  PrivateKey,
  preview,
  Transaction,
  TransactionWitnessSet,
} from '@evolution-sdk/evolution';
import { type OpenLibrary, PROJECT_ID } from './library.js';

export const openEvolution: OpenLibrary = async (url) => {
  const client = Client.make(preview)
    .withBlockfrost({ baseUrl: url, projectId: PROJECT_ID })
    .withSeed({ mnemonic: PrivateKey.generateMnemonic() });
  return {
    address: Address.toBech32(await client.address()),
    async pay({ payTo, token, amount, validToMs }) {
      const assets =
        token === undefined
          ? Assets.fromLovelace(amount)
          : Assets.fromHexStrings(token.policyId, token.nameHex, amount);
      const built = await client
        .newTx()
        .payToAddress({ address: Address.fromBech32(payTo), assets, autoMinUtxo: true })
        .setValidity({ to: BigInt(validToMs) })
        .build();
      const unsigned = await built.toTransaction();
      const { witnessSet } = await built.sign();
      return Transaction.addVKeyWitnessesHex(
        Transaction.toCBORHex(unsigned),
        TransactionWitnessSet.toCBORHex(witnessSet),
      );
    },
  };
};
