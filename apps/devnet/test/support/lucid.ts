import { Blockfrost, generatePrivateKey, Lucid, type LucidEvolution } from '@lucid-evolution/lucid';
import type { Devnet } from '@x402-facilitator/devnet';

/** A Lucid wallet with a fresh key whose provider is the devnet, as a real client would point it at Blockfrost. */
export async function lucidWallet(devnet: Devnet): Promise<{ lucid: LucidEvolution; address: string }> {
  const lucid = await Lucid(new Blockfrost(devnet.url, 'any-project'), 'Preview');
  lucid.selectWallet.fromPrivateKey(generatePrivateKey());
  return { lucid, address: await lucid.wallet().address() };
}
