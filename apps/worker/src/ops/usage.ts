/** What `ops` without a command prints. */
export const USAGE = `usage: ops COMMAND [--network NAME] [options]

  pause [--reason TEXT]      /settle answers 503 "paused" and no job is taken; following goes on
  resume                     takes new settlements and jobs again
  drain [--reason TEXT] [--timeout SECONDS]
                             /settle answers 503 "paused"; waits until nothing is pending
  status [--json]            what is pending, queued, followed, and by whom
  inspect TX [--json]        everything known of one settlement
  retry TX                   looks after a settlement now instead of when its time comes
  export --since WHEN [--until WHEN]
                             settlements as NDJSON; WHEN is ISO 8601, or an age such as 90m, 24h, 7d
  receipt verify FILE [--address ADDRESS] [--json]
                             checks a signed receipt offline; FILE may be - for the standard input
  config check               the effective configuration, secrets masked

--network limits a command to one network (preview, preprod, mainnet); without it all that are configured are meant.
Exit codes: 0 done, 1 could not be done, 2 not understood.`;

/** A command line that cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for cannot be done; the message says why. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
}
