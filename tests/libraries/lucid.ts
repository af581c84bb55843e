import { Blockfrost, generateSeedPhrase, Lucid } from '@lucid-evolution/lucid';
import { type OpenLibrary, PROJECT_ID } from './library.js';

export const openLucid: OpenLibrary = async (url) => {
  const lucid = await Lucid(new Blockfrost(url, PROJECT_ID), 'Preview');
  lucid.selectWallet.fromSeed(generateSeedPhrase());
  return {
    address: await lucid.wallet().address(),
    async pay({ payTo, token, amount, validToMs }) {
      const unit = token === undefined ? 'lovelace' : token.policyId + token.nameHex;
      const built = await lucid
        .newTx()
        .pay.ToAddress(payTo, { [unit]: amount })
        .validTo(validToMs)
        .complete();
      return (await built.sign.withWallet().complete()).toCBOR();
    },
  };
};
