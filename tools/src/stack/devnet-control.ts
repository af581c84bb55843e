/** What the devnet saw of one transaction. */
export type DevnetSubmission = {
  readonly txHash: string;
  /** How often it was sent. */
  readonly submitted: number;
  readonly accepted: number;
  readonly rejected: number;
  /** How often it was put into a block. */
  readonly applied: number;
  /** How often a rollback took it out again. */
  readonly rolledBack: number;
  readonly onChain: boolean;
  readonly messages: readonly string[];
};

/** A block that was made, or a rollback to a height; POSIX milliseconds. */
export type DevnetChange = { readonly atMs: number; readonly height: number } & (
  | { readonly kind: 'block'; readonly hash: string; readonly transactions: readonly string[] }
  | { readonly kind: 'rollback' }
);

export type DevnetBlock = { readonly hash: string; readonly height: number; readonly slot: number };

/** The devnet's control API (docs/devnet.md). Every method throws when the answer is not 2xx. */
export type DevnetControl = {
  /** Pays an address in a block of its own. The totals are split over `outputs`; tokens are in atomic units. */
  fund(grant: {
    readonly address: string;
    readonly lovelace: bigint;
    readonly tokens?: bigint;
    readonly outputs?: number;
  }): Promise<void>;
  /** Makes blocks now. */
  forge(count?: number): Promise<void>;
  rollback(blocks: number, transactions: 'return' | 'vanish'): Promise<void>;
  tip(): Promise<DevnetBlock>;
  /** What became of the chain since the devnet began, oldest first. */
  changes(): Promise<readonly DevnetChange[]>;
  /** Everything that was submitted, with the faucet's own transactions. */
  submissions(): Promise<readonly DevnetSubmission[]>;
  /** One transaction's; `undefined` when it was not submitted. */
  submission(txHash: string): Promise<DevnetSubmission | undefined>;
  /** Adds a fault (the devnet's README lists the kinds). Call what it returns to remove the fault, if it is still there. */
  addFault(fault: Readonly<Record<string, unknown>>): Promise<() => Promise<void>>;
  clearFaults(): Promise<void>;
};

/** @param tokenName name of the test token, as text */
export function createDevnetControl(controlUrl: string, tokenName: string): DevnetControl {
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`devnet: ${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    async fund({ address, lovelace, tokens = 0n, outputs = 1 }) {
      const assets = tokens === 0n ? [] : [{ name: tokenName, quantity: String(tokens) }];
      await call('POST', '/faucet', { address, lovelace: String(lovelace), assets, outputs });
    },
    async forge(count = 1) {
      await call('POST', '/blocks', { count });
    },
    async rollback(blocks, transactions) {
      await call('POST', '/rollback', { blocks, transactions });
    },
    tip: async () => ((await call('GET', '/state')) as { tip: DevnetBlock }).tip,
    changes: async () => ((await call('GET', '/changes')) as { changes: DevnetChange[] }).changes,
    submissions: async () =>
      ((await call('GET', '/submissions')) as { submissions: DevnetSubmission[] }).submissions,
    submission: async (txHash) =>
      (await call('GET', `/submissions/${txHash}`)) as DevnetSubmission | undefined,
    async addFault(fault) {
      const { id } = (await call('POST', '/faults', fault)) as { id: number };
      return async () => {
        await call('DELETE', `/faults/${id}`);
      };
    },
    async clearFaults() {
      await call('DELETE', '/faults');
    },
  };
}
