import { Blaze, Blockfrost, Core, HotWallet, makeValue } from '@blaze-cardano/sdk';
import { type OpenLibrary, PROJECT_ID } from './library.js';

export const openBlaze: OpenLibrary = async (url) => {
  const provider = new Blockfrost({ network: 'cardano-preview', projectId: PROJECT_ID });
  provider.url = url;
  const words = Core.generateMnemonic(Core.wordlist);
  const root = Core.Bip32PrivateKey.fromBip39Entropy(
    Buffer.from(Core.mnemonicToEntropy(words, Core.wordlist)),
    '',
  );
  const wallet = await HotWallet.fromMasterkey(root.hex(), provider);
  const blaze = await Blaze.from(provider, wallet);
  return {
    address: wallet.address.toBech32(),
    async pay({ payTo, token, amount, validToMs }) {
      const to = Core.Address.fromBech32(payTo);
      const ttl = provider.unixToSlot(validToMs);
      const empty = blaze.newTransaction().setValidUntil(ttl);
      const paying =
        token === undefined
          ? empty.payLovelace(to, amount)
          : empty.payAssets(to, makeValue(0n, [token.policyId + token.nameHex, amount]));
      return (await blaze.signTransaction(await paying.complete())).toCbor();
    },
  };
};
