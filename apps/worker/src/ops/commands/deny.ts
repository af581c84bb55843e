import type { DeniedParty } from '@x402-facilitator/journal';
import { readDenyEntry } from '@x402-facilitator/shared/screening';
import type { CommandContext, JsonOption, ReasonOption } from '../command.js';
import { UsageError } from '../errors.js';

/** `ops deny PARTY --reason TEXT`: from now on no replica serves it. `ops deny --list`: whom operators denied so. */
export async function deny(
  { denied, isScreening, out, err, now }: CommandContext,
  text: string | undefined,
  { reason, list, json }: ReasonOption & JsonOption & { readonly list?: boolean },
): Promise<number> {
  if (list === true && text === undefined) {
    const all = await denied.list();
    if (json === true) out(JSON.stringify(all.map(told), null, 2));
    else if (all.length === 0) out('no party is denied');
    else for (const party of all) out(`${party.entry}\n  ${at(party)}  ${party.reason}`);
    return 0;
  }
  if (text === undefined || list === true || reason === undefined || reason.trim() === '')
    throw new UsageError('expected an address or a credential and --reason TEXT, or --list alone');
  const { text: entry, credentials } = entryOf(text);
  await denied.deny({ entry, credentials, reason, atMs: now() });
  out(`${entry} is denied, with every address of ${credentials.join(' and ')}`);
  if (!isScreening) err('screening.enabled is false here: a replica with this configuration serves it');
  return 0;
}

/** `ops allow PARTY`: takes back what `ops deny` denied. */
export async function allow({ denied, out, err }: CommandContext, text: string): Promise<number> {
  const { text: entry, credentials } = entryOf(text);
  if (!(await denied.allow({ entry, credentials }))) {
    err(`${entry} was not denied by an operator: \`ops deny --list\` says who is`);
    return 1;
  }
  out(`${entry} is no longer denied by an operator`);
  const isLeft = await denied.isDenied(credentials);
  if (isLeft) err('another entry of `ops deny --list` still denies one of its credentials');
  return 0;
}

function entryOf(text: string) {
  const entry = readDenyEntry(text);
  if (!entry.ok) throw new UsageError(entry.error);
  return entry.value;
}

const at = ({ atMs }: DeniedParty) => new Date(atMs).toISOString();

function told(party: DeniedParty) {
  const { entry, reason, credentials } = party;
  return { entry, reason, deniedAt: at(party), credentials };
}
