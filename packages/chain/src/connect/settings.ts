import { type BlockfrostProviderOptions, createBlockfrostProvider } from '../blockfrost/index.js';
import type { BudgetLimits } from '../budget/index.js';
import { createKoiosProvider, type KoiosProviderOptions } from '../koios/index.js';
import type { ClosableChainProvider } from '../provider/index.js';

/** One provider as the configuration names it. */
export type ProviderSettings =
  | {
      readonly type: 'blockfrost';
      readonly url?: string | undefined;
      readonly projectId?: string | undefined;
      readonly tier?: 'free' | 'paid' | undefined;
      readonly budget?: BudgetLimits | undefined;
    }
  | {
      readonly type: 'koios';
      readonly url?: string | undefined;
      readonly token?: string | undefined;
      readonly budget?: BudgetLimits | undefined;
    };

/** Creates the provider that the settings name. */
export function createProvider(
  settings: ProviderSettings,
  options: Omit<BlockfrostProviderOptions & KoiosProviderOptions, 'url' | 'projectId' | 'token'>,
): ClosableChainProvider {
  const { url } = settings;
  return settings.type === 'koios'
    ? createKoiosProvider({ ...options, url, token: settings.token })
    : createBlockfrostProvider({ ...options, url, projectId: settings.projectId });
}
