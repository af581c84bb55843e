/** Whether a provider is used, and if not, why. */
export type ProviderState =
  | 'up'
  /** Its circuit is open, or its latest probe failed. */
  | 'down'
  /** It refuses us for good (403, 418): somebody has to look. */
  | 'banned'
  /** It asked for a pause (429, 402). */
  | 'backing_off'
  /** Its tip is behind another provider's. */
  | 'lagging'
  | 'wrong_network';

/** One provider as `/health` shows it. */
export type ProviderHealth = {
  readonly name: string;
  readonly state: ProviderState;
  /** Why it is not up, without addresses or credentials. */
  readonly message?: string | undefined;
  /** Of its latest probe that was answered. */
  readonly latencyMs: number | null;
  /** Height of its latest known tip. */
  readonly tipHeight: number | null;
};
