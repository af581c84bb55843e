import { BlockfrostProvider, MeshTxBuilder, MeshWallet, resolveSlotNo } from '@meshsdk/core';
import type { OpenLibrary } from './library.js';

export const openMesh: OpenLibrary = async (url) => {
  const fetcher = new BlockfrostProvider(url);
  const words = MeshWallet.brew() as string[];
  const wallet = new MeshWallet({ networkId: 0, fetcher, key: { type: 'mnemonic', words } });
  await wallet.init();
  const address = await wallet.getChangeAddress();
  return {
    address,
    async pay({ payTo, token, amount, validToMs }) {
      const unit = token === undefined ? 'lovelace' : token.policyId + token.nameHex;
      const params = await fetcher.fetchProtocolParameters();
      const unsigned = await new MeshTxBuilder({ fetcher, params })
        .txOut(payTo, [{ unit, quantity: String(amount) }])
        .invalidHereafter(Number(resolveSlotNo('preview', validToMs)))
        .changeAddress(address)
        .selectUtxosFrom(await wallet.getUtxos())
        .complete();
      return wallet.signTx(unsigned);
    },
  };
};
