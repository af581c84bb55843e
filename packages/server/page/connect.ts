import { type ChainReader, type Cip30Wallet, cip30Keys, type Keys } from '@x402-facilitator/client';
import { plainText } from './dom.js';
import type { FoundWallet } from './wallets.js';

export type Refusal = 'refusedConnect' | 'refusedSign' | 'wrongNetwork' | 'walletFailed';

/** The wallet, or the person in front of it, did not do what was asked. Nothing was signed. */
export class WalletRefusedError extends Error {
  override readonly name = 'WalletRefusedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, cause?: unknown) {
    super(reasonOf(cause), { cause });
    this.refusal = refusal;
  }
}

const MAINNET_ID = 1;
/** Codes of CIP-30: APIError.Refused, TxSignError.UserDeclined. */
const REFUSED = -3;
const USER_DECLINED = 2;

/** @throws WalletRefusedError */
export async function connect(wallet: FoundWallet, network: ChainReader['network']): Promise<Keys> {
  const ask = async <T>(act: () => Promise<T>, onRefusal: Refusal): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw new WalletRefusedError(isRefusal(error) ? onRefusal : 'walletFailed', error);
    }
  };
  const api = await ask(() => wallet.enable(), 'refusedConnect');
  const isMainnet = (await ask(() => api.getNetworkId(), 'refusedConnect')) === MAINNET_ID;
  if (isMainnet !== (network === 'cardano:mainnet')) throw new WalletRefusedError('wrongNetwork');
  const watched: Cip30Wallet = {
    getNetworkId: () => api.getNetworkId(),
    getChangeAddress: () => api.getChangeAddress(),
    getUsedAddresses: () => api.getUsedAddresses(),
    getUnusedAddresses: () => api.getUnusedAddresses(),
    getRewardAddresses: () => api.getRewardAddresses(),
    getUtxos: () => api.getUtxos(),
    signTx: (transaction, partialSign) => ask(() => api.signTx(transaction, partialSign), 'refusedSign'),
  };
  return ask(() => cip30Keys(watched, network), 'refusedConnect');
}

function isRefusal(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return code === REFUSED || code === USER_DECLINED || /declin|reject|cancel|refus/i.test(reasonOf(error));
}

/** CIP-30 errors are objects with `info`; some wallets throw an `Error` or text. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return plainText(error ?? '', 200);
  const said: unknown = Reflect.get(error, 'info') ?? Reflect.get(error, 'message');
  return plainText(said ?? '', 200);
}
