/** Where a process runs, and under which circumstances. */
export type Place = {
  /** The address at which it listens. */
  readonly host: string;
  /** Put before its command, such as `nsenter` with its arguments. */
  readonly enter: readonly string[];
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
};

export const LOOPBACK: Place = { host: '127.0.0.1', enter: [] };
