import { setTimeout as sleep } from 'node:timers/promises';
import type { TxHash } from '@x402-facilitator/cardano';
import { type ReplayOutcome, settlementsIn, type WebhookEndpoint } from '@x402-facilitator/journal';
import { wordsOfUnreadable } from '@x402-facilitator/shared/operations';
import { isoTime } from '@x402-facilitator/shared/wire';
import { readEndpointUrl, secretOf, writeSecret } from '../../webhooks/index.js';
import type { CommandContext, JsonOption } from '../command.js';
import { OpsError, UsageError } from '../errors.js';

const DEFAULT_OVERLAP_MS = 86_400_000;
const LOOK_MS = 200;
/** A worker looks for what is due twice a second, and a slow endpoint may have its turn already. */
const TEST_PATIENCE_MS = 10_000;

/** `ops webhooks set`: where the events of a key's settlements go. */
export async function setWebhook(context: CommandContext, key: string, text: string): Promise<number> {
  const { webhooks, webhookSettings, out } = context;
  const url = readEndpointUrl(text, webhookSettings);
  if (!url.ok) throw new UsageError(`${url.error}, found "${text}"`);
  secretIn(context);
  const outcome = await webhooks.set(key, url.value.href);
  if (outcome === 'full') throw new OpsError('there are as many endpoints as may be: remove one first');
  out(`${key}: ${url.value.href}`);
  if (outcome === 'created') out(secretOfEndpoint(context, await endpointOf(context, key)));
  warnWhereOff(context);
  return 0;
}

/** `ops webhooks list`. */
export async function listWebhooks(context: CommandContext, { json }: JsonOption): Promise<number> {
  const { webhooks, out } = context;
  const endpoints = await webhooks.list();
  const told = await Promise.all(endpoints.map((endpoint) => describe(context, endpoint)));
  if (json === true) out(JSON.stringify(told, null, 2));
  else if (told.length === 0) out('no key has an endpoint');
  else
    for (const { key, url, waiting, dead, dropped, stoppedAt } of told)
      out(
        `${key}  ${url}  waiting ${waiting}, given up ${dead}, dropped ${dropped}${stoppedAt === null ? '' : '; stopped'}`,
      );
  warnWhereOff(context);
  return 0;
}

/** `ops webhooks show`. */
export async function showWebhook(
  context: CommandContext,
  key: string,
  { secret, json }: JsonOption & { readonly secret?: boolean },
): Promise<number> {
  const { out } = context;
  const endpoint = await endpointOf(context, key);
  const told = {
    ...(await describe(context, endpoint)),
    ...(secret === true ? { secret: secretOfEndpoint(context, endpoint) } : {}),
  };
  if (json === true) out(JSON.stringify(told, null, 2));
  else
    for (const [name, value] of Object.entries(told)) if (value !== null) out(`${name.padEnd(18)} ${value}`);
  return 0;
}

/** `ops webhooks rotate`. */
export async function rotateWebhook(
  context: CommandContext,
  key: string,
  { overlap = DEFAULT_OVERLAP_MS }: { readonly overlap?: number },
): Promise<number> {
  const { webhooks, out, now } = context;
  await endpointOf(context, key);
  secretIn(context);
  const untilMs = now() + overlap;
  await webhooks.rotate(key, untilMs);
  out(secretOfEndpoint(context, await endpointOf(context, key)));
  out(
    overlap === 0 ? 'the last secret no longer signs' : `the last secret signs too until ${isoTime(untilMs)}`,
  );
  return 0;
}

/** `ops webhooks remove`. */
export async function removeWebhook(context: CommandContext, key: string): Promise<number> {
  const { webhooks, out } = context;
  const waiting = await webhooks.remove(key);
  if (waiting === undefined) throw noEndpoint(key);
  out(`${key}: removed, with ${waiting} events that waited`);
  return 0;
}

/** `ops webhooks test`: through a worker, as every event. */
export async function testWebhook(context: CommandContext, key: string): Promise<number> {
  const { webhooks, webhookSettings, out, err, now } = context;
  warnWhereOff(context);
  const { id, outcome } = await webhooks.test(key, webhookSettings.maxWaiting);
  if (outcome === 'no-endpoint') throw noEndpoint(key);
  if (outcome !== 'added') throw notPut(key, outcome);
  const untilMs = now() + webhookSettings.timeoutMs + TEST_PATIENCE_MS;
  while (now() < untilMs) {
    const { lastTest } = await endpointOf(context, key);
    if (lastTest?.id === id) {
      if (lastTest.outcome === 'delivered') out(`${key}: delivered ${id}`);
      else err(`${key}: ${id} was not delivered: ${lastTest.problem}`);
      return lastTest.outcome === 'delivered' ? 0 : 1;
    }
    await sleep(LOOK_MS);
  }
  err(`${key}: no worker has sent ${id} yet; it waits`);
  return 1;
}

/** `ops webhooks dead`. */
export async function listDead(context: CommandContext, key: string, { json }: JsonOption): Promise<number> {
  const { webhooks, out } = context;
  const { id } = await endpointOf(context, key);
  const dead = (await webhooks.dead(id)).map(({ event, diedAtMs }) => ({
    id: event.id,
    type: event.type,
    transaction: 'txHash' in event ? event.txHash : null,
    at: isoTime(event.atMs),
    givenUpAt: isoTime(diedAtMs),
  }));
  if (json === true) out(JSON.stringify(dead, null, 2));
  else if (dead.length === 0) out(`${key}: no event was given up`);
  else for (const it of dead) out(`${it.givenUpAt}  ${it.type}  ${it.transaction}  ${it.id}`);
  return 0;
}

type ReplayOptions = {
  readonly key?: string;
  readonly dead?: boolean;
  readonly since?: number;
  readonly until?: number;
};

/** `ops webhooks replay`: one settlement, those of a key that ended in some time, or what was given up. */
export async function replayWebhooks(
  context: CommandContext,
  txHash: TxHash | undefined,
  { key, dead, since, until = Number.POSITIVE_INFINITY }: ReplayOptions,
): Promise<number> {
  if (txHash !== undefined && key === undefined && dead === undefined && since === undefined)
    return replayOne(context, txHash);
  if (txHash !== undefined || key === undefined || (dead === true) === (since !== undefined))
    throw new UsageError('expected one transaction id, or --key KEY with --dead or --since WHEN');
  await endpointOf(context, key);
  return since === undefined ? replayDead(context, key) : replayTime(context, key, since, until);
}

async function replayOne({ networks, out }: CommandContext, txHash: TxHash): Promise<number> {
  for (const { network, journal } of networks) {
    const outcome = await journal.replay(network, txHash);
    if (outcome.kind === 'not-found') continue;
    if (outcome.kind === 'unreadable')
      throw new OpsError(`${network}: ${wordsOfUnreadable([outcome.record])}`);
    if (outcome.kind === 'not-ended') throw new OpsError(`${txHash} is pending: it is told when it ends`);
    if (outcome.kind === 'no-endpoint') throw new OpsError(`the key of ${txHash} has no endpoint`);
    if (outcome.kind !== 'added' && outcome.kind !== 'there') throw notPut(txHash, outcome.kind);
    out(`${txHash}: ${outcome.kind === 'added' ? 'is sent once more' : 'waits already'}`);
    return 0;
  }
  throw new OpsError(
    `no settlement of ${txHash} is known on ${networks.map(({ network }) => network).join(', ')}`,
  );
}

async function replayDead(
  { webhooks, webhookSettings, out, err }: CommandContext,
  key: string,
): Promise<number> {
  const { revived, left } = (await webhooks.revive(key, webhookSettings.maxWaiting)) ?? {
    revived: 0,
    left: 0,
  };
  out(`${key}: ${revived} events are sent once more`);
  if (left > 0) err(`${key}: ${left} are left, as many wait as may: repeat this later`);
  return left > 0 ? 1 : 0;
}

async function replayTime(
  { networks, out, err }: CommandContext,
  key: string,
  since: number,
  until: number,
): Promise<number> {
  const found = [];
  for (const { network, journal } of networks)
    for await (const readings of journal.all(network))
      for (const { txHash, keyName, endedAtMs } of settlementsIn(readings))
        if (keyName === key && endedAtMs !== undefined && endedAtMs >= since && endedAtMs < until)
          found.push({ network, journal, txHash, endedAtMs });
  found.sort((a, b) => a.endedAtMs - b.endedAtMs);
  const counts = new Map<ReplayOutcome['kind'], number>();
  for (const { network, journal, txHash } of found) {
    const { kind } = await journal.replay(network, txHash);
    if (kind === 'full' || kind === 'stopped') {
      err(
        `${key}: ${notPut(txHash, kind).message}; ${[...counts.values()].reduce((a, b) => a + b, 0)} of ${found.length} settlements were done`,
      );
      return 1;
    }
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  out(
    `${key}: ${counts.get('added') ?? 0} settlements are sent once more, ${counts.get('there') ?? 0} wait already`,
  );
  return 0;
}

async function endpointOf({ webhooks }: CommandContext, key: string): Promise<WebhookEndpoint> {
  const endpoint = await webhooks.find(key);
  if (endpoint === undefined) throw noEndpoint(key);
  return endpoint;
}

async function describe({ webhooks }: CommandContext, endpoint: WebhookEndpoint) {
  const { id, key, url, createdAtMs, previousUntilMs, dropped, problem } = endpoint;
  return {
    key,
    url,
    createdAt: isoTime(createdAtMs),
    lastSecretUntil: isoTime(previousUntilMs),
    ...(await webhooks.counts(id)),
    dropped,
    deliveredAt: isoTime(endpoint.deliveredAtMs),
    failedAt: isoTime(endpoint.failedAtMs),
    problem: problem ?? null,
    notBefore: isoTime(endpoint.notBeforeMs),
    stoppedAt: isoTime(endpoint.stoppedAtMs),
  };
}

/** @throws OpsError where this configuration has none: ops then cannot tell what workers sign with. */
function secretIn({ webhookSettings: { masterSecret } }: CommandContext): string {
  if (masterSecret === undefined) throw new OpsError('webhooks.masterSecret is not set here');
  return masterSecret;
}

function secretOfEndpoint(context: CommandContext, { id, salt }: WebhookEndpoint): string {
  return writeSecret(secretOf(secretIn(context), id, salt));
}

function warnWhereOff({ webhookSettings, err }: CommandContext): void {
  if (!webhookSettings.enabled)
    err('webhooks.enabled is false here: a worker with this configuration sends none');
}

const noEndpoint = (key: string) => new OpsError(`${key} has no endpoint: see \`ops webhooks list\``);

function notPut(what: string, why: 'full' | 'stopped'): OpsError {
  return new OpsError(
    why === 'full'
      ? `${what}: as many events wait for the endpoint as may (webhooks.maxWaiting)`
      : `${what}: the endpoint is stopped; \`ops webhooks set\` starts it again`,
  );
}
