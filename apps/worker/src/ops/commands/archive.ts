import type { Archive } from '@x402-facilitator/archive';
import { settlementsIn } from '@x402-facilitator/journal';
import type { CommandContext } from '../command.js';
import { OpsError, UsageError } from '../errors.js';

const NONE = 'no archive is configured (archive.url)';

/** `ops migrate`: brings the archive's tables up to this version. */
export async function migrateArchive(
  archive: Archive | undefined,
  out: CommandContext['out'],
): Promise<number> {
  if (archive === undefined) throw new OpsError(NONE);
  const ran = await archive.migrate();
  out(
    ran.length === 0 ? 'the archive is up to date' : `the archive was brought up to date: ${ran.join(', ')}`,
  );
  return 0;
}

/** The longest address of Cardano is far shorter. */
const MAX_CHARACTERS = 400;

/**
 * `ops erase ADDRESS --yes`: replaces what names a person in the archive. Sums stay. Exit code 1 while Redis still has
 * settlements that name it: those are archived as they are, so the command has to be run again.
 */
export async function erase(
  { archive, networks, out, err, now }: CommandContext,
  address: string,
  { yes }: { readonly yes?: boolean },
): Promise<number> {
  if (archive === undefined) throw new OpsError(NONE);
  if (address.trim() === '' || address.length > MAX_CHARACTERS)
    throw new UsageError(`expected an address, found ${address.length} characters`);
  if (yes !== true) throw new UsageError('expected --yes: what is erased cannot be had back');
  let left = 0;
  let untilMs = 0;
  for (const { network, journal } of networks)
    for await (const readings of journal.all(network))
      for (const { payer, payTo, expiresAtMs, finalAtMs } of settlementsIn(readings)) {
        if (payer !== address && payTo !== address) continue;
        left += 1;
        untilMs = Math.max(untilMs, expiresAtMs, finalAtMs ?? now());
      }
  const erased = await archive.erase(address, now());
  out(`${erased} archived settlements do not name ${address} any more`);
  if (left === 0) return 0;
  const since = new Date(untilMs).toISOString();
  err(
    `${left} settlements that name it are still in Redis: run this again settle.retentionSeconds after ${since}, when they are archived alone`,
  );
  return 1;
}
