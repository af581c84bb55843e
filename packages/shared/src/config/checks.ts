import type { ConfigMistake } from './mistakes.js';
import type { Settings } from './schema/index.js';
import { servedNetworks } from './served-networks.js';

/** The least that the change of a lent output must hold: more than the min-UTxO of any address. Lovelace. */
const CHANGE_LOVELACE = 1_200_000;

type Blockfrost = Settings['chain']['blockfrost'];

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Checks that involve more than one key. */
export function crossCheck(
  settings: Settings,
  env: { readonly MAINNET?: string | undefined },
): readonly ConfigMistake[] {
  const { chain, metrics, rateLimit, screening, security, settle, sponsorship } = settings;
  const served = servedNetworks(settings);
  const mistakes = served.flatMap(({ path, name, blockfrost }, index): ConfigMistake[] => [
    ...checkBlockfrost(`${path}.blockfrost`, name, blockfrost),
    ...(name === 'Mainnet' && env.MAINNET !== 'true'
      ? [{ path: `${path}.network`, message: 'Mainnet needs MAINNET=true in the environment' }]
      : []),
    ...(served.findIndex((other) => other.name === name) < index
      ? [{ path: `${path}.network`, message: `${name} is served already` }]
      : []),
  ]);
  const { facilitator, verification } = chain;
  if (facilitator?.seedPhrase !== undefined && facilitator.privateKey !== undefined)
    mistakes.push({ path: 'chain.facilitator', message: 'expected seedPhrase or privateKey, found both' });
  if (verification.feeMinLovelace > verification.feeMaxLovelace)
    mistakes.push({
      path: 'chain.verification.feeMinLovelace',
      message: `expected at most feeMaxLovelace (${verification.feeMaxLovelace}), found ${verification.feeMinLovelace}`,
    });
  const { tls } = chain.redis;
  if (typeof tls === 'object' && (tls.certPath === undefined) !== (tls.keyPath === undefined))
    mistakes.push({ path: 'chain.redis.tls', message: 'expected certPath and keyPath, found one of them' });
  if (security.operatorKeys.length > 0 && metrics.port === undefined)
    mistakes.push({
      path: 'security.operatorKeys',
      message:
        'expected metrics.port too: the operators’ page is served there, where callers do not reach it',
    });
  const { enabled, denyFile, service } = screening;
  if (!enabled && (denyFile !== undefined || service.url !== undefined))
    mistakes.push({
      path: 'screening.enabled',
      message: `expected true, as screening.${denyFile === undefined ? 'service.url' : 'denyFile'} is set: without it no party is screened`,
    });
  const { lookups } = rateLimit;
  if (lookups !== undefined && lookups < verification.maxInputs)
    mistakes.push({
      path: 'rateLimit.lookups',
      message: `expected at least chain.verification.maxInputs (${verification.maxInputs}), what one payment may need, found ${lookups}`,
    });
  if (settle.waitMs > settle.maxWaitMs)
    mistakes.push({
      path: 'settle.waitMs',
      message: `expected at most settle.maxWaitMs (${settle.maxWaitMs}), found ${settle.waitMs}`,
    });
  const { maxFeeLovelace, minAdaLovelace, coverMinAda, pool } = sponsorship;
  const lent = maxFeeLovelace + (coverMinAda ? minAdaLovelace : 0);
  if (sponsorship.enabled && pool.utxoLovelace < lent + CHANGE_LOVELACE)
    mistakes.push({
      path: 'sponsorship.pool.utxoLovelace',
      message: `expected at least ${lent + CHANGE_LOVELACE}, what is lent and ${CHANGE_LOVELACE} of change, found ${pool.utxoLovelace}`,
    });
  if (sponsorship.enabled && pool.minimum > pool.size)
    mistakes.push({
      path: 'sponsorship.pool.minimum',
      message: `expected at most sponsorship.pool.size (${pool.size}), found ${pool.minimum}`,
    });
  return mistakes;
}

/** What an operator should know at the start, though it is allowed. */
export function crossWarnings({ sponsorship, security }: Settings): readonly string[] {
  const { enabled, pool, limits } = sponsorship;
  if (!enabled || security.apiKeys.length > 0 || security.storedKeys) return [];
  const most = Math.max(1, Math.floor(pool.size * pool.callerShare));
  return [
    `sponsorship.enabled without security.apiKeys: callers are not authenticated, and anyone may reserve what the wallet lends; one address has at most ${most} of ${pool.size} outputs at a time and ${limits.perKeyLovelace} of ${limits.perDayLovelace} lovelace a day, so ${Math.ceil(pool.size / most)} of them can hold the whole pool`,
  ];
}

function checkBlockfrost(path: string, network: string, { projectId, url }: Blockfrost): ConfigMistake[] {
  if (projectId === undefined)
    return url !== undefined && LOOPBACK.test(new URL(url).hostname)
      ? []
      : [{ path: `${path}.projectId`, message: 'Blockfrost project ID is required' }];
  const issuedFor = /^(preview|preprod|mainnet)/.exec(projectId)?.[1];
  return url === undefined && issuedFor !== undefined && issuedFor !== network.toLowerCase()
    ? [
        {
          path: `${path}.projectId`,
          message: `expected a project ID of ${network}, found one of ${issuedFor}`,
        },
      ]
    : [];
}
