import { maskSecrets } from '@x402-facilitator/shared/config';
import type { Tier } from '@x402-facilitator/shared/testing';
import { loadGoodConfig, mistakeLines } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';

type Situation = {
  readonly file?: unknown;
  readonly text?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly tier?: Tier;
};

/** Files exist only in memory. */
function optionsOf(situation: Situation) {
  const files: Record<string, string> = { ...situation.files };
  const text = situation.text ?? (situation.file === undefined ? undefined : JSON.stringify(situation.file));
  if (text !== undefined) files['config/config.json'] = text;
  return {
    env: situation.env ?? {},
    tier: situation.tier ?? 'worker',
    readFile: (path: string) => {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
  };
}

const loaded = (situation: Situation) => loadGoodConfig(optionsOf(situation));
const linesOf = (situation: Situation) => mistakeLines(optionsOf(situation));

const PROJECT = { X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewabc' };

const OPERATORS_FILE = {
  server: { host: '0.0.0.0', port: 3000 },
  logging: { level: 'info', pretty: false },
  sentry: { dsn: 'https://key@o1.ingest.sentry.io/1', environment: 'production', tracesSampleRate: 0.1 },
  env: 'production',
  rateLimit: { global: 100, sensitive: 20, windowMs: 60000 },
  chain: {
    network: 'Preview',
    blockfrost: { projectId: 'previewabcdefghijklmnop', tier: 'free' },
    facilitator: { seedPhrase: 'test test test test test test test test test test test junk' },
    cache: { utxoTtlSeconds: 60 },
    reservation: { ttlSeconds: 120, maxConcurrent: 20 },
    redis: { host: 'redis-prod', port: 6379, password: 'secret', db: 0 },
    verification: {
      graceBufferSeconds: 30,
      maxTimeoutSeconds: 3600,
      feeMinLovelace: 150000,
      feeMaxLovelace: 5000000,
    },
  },
};

describe('what an older version read', () => {
  const ADMIN = { apiKey: { name: 'operators', sha256: 'ab'.repeat(32) } };
  const instead =
    'does nothing any more: security.operatorKeys open /admin, which shows what /admin/queues showed';

  test('a configuration file that still has it loads, with a warning', () => {
    const { config, warnings } = loaded({ file: { ...OPERATORS_FILE, admin: ADMIN } });
    expect(config).toEqual(loaded({ file: OPERATORS_FILE }).config);
    expect(warnings).toEqual([`admin ${instead}`]);
  });

  test('so do environment variables, each of them, and no other unknown ones', () => {
    const env = {
      ...PROJECT,
      X402_ADMIN__API_KEY: JSON.stringify(ADMIN.apiKey),
      X402_ADMIN__API_KEY__SHA256_FILE: '/run/secrets/admin',
    };
    expect(loaded({ env }).warnings).toEqual([
      `X402_ADMIN__API_KEY ${instead}`,
      `X402_ADMIN__API_KEY__SHA256_FILE ${instead}`,
    ]);
    expect(linesOf({ env: { ...env, X402_ADMINISTRATOR: 'x' } })).toEqual([
      'ConfigInvalidError: X402_ADMINISTRATOR: unknown setting: no such key in the configuration',
    ]);
  });
});

describe('where settings come from', () => {
  test('an operator’s existing file loads as it is, and the defaults fill in the rest', () => {
    const { config, warnings } = loaded({ file: OPERATORS_FILE });
    expect(config.chain.blockfrost.projectId).toBe('previewabcdefghijklmnop');
    expect(config.chain.redis).toMatchObject({ host: 'redis-prod', password: 'secret', db: 0, tls: false });
    expect(config.settle).toEqual({
      waitMs: 75_000,
      maxWaitMs: 85_000,
      acceptMempool: false,
      redemption: 'once',
      receiptResource: 'path',
      retentionSeconds: 86_400,
    });
    expect(warnings).toEqual([]);
  });

  test('without a file the environment alone suffices', () => {
    const { config } = loaded({ env: PROJECT });
    expect(config.env).toBe('development');
    expect(config.server).toEqual({
      host: '0.0.0.0',
      port: 3000,
      maxConnections: 4_096,
      maxConnectionsPerAddress: 1_024,
      maxBodyBytes: 262_144,
      trustProxy: false,
      validatorThreads: 1,
    });
    expect(config.chain.network).toBe('Preview');
  });

  test('the environment overrides the file, numbers, booleans, lists and objects as JSON', () => {
    const { config } = loaded({
      file: OPERATORS_FILE,
      env: {
        X402_SERVER__PORT: '8080',
        X402_SERVER__TRUST_PROXY: 'loopback, uniquelocal',
        X402_LOGGING__PRETTY: 'true',
        X402_SETTLE__WAIT_MS: '1000',
        X402_CHAIN__REDIS__PASSWORD: '12345',
        X402_CHAIN__REDIS__DB: '3',
        X402_SECURITY__API_KEYS: `[{"name":"shop","sha256":"${'ab'.repeat(32)}"}]`,
        X402_CHAIN__RESERVATION: '{"onVerify":true}',
        X402_CHAIN__RESERVATION__TTL_SECONDS: '7',
      },
    });
    expect(config.server).toMatchObject({ port: 8080, trustProxy: 'loopback, uniquelocal' });
    expect(config.logging.pretty).toBe(true);
    expect(config.settle.waitMs).toBe(1000);
    expect(config.chain.redis).toMatchObject({ host: 'redis-prod', password: '12345', db: 3 });
    expect(config.security.apiKeys).toEqual([{ name: 'shop', sha256: 'ab'.repeat(32) }]);
    expect(config.chain.reservation).toEqual({ onVerify: true, ttlSeconds: 7, maxConcurrent: 20 });
  });

  test('a key may say that its seller delivers once for each payment, and nothing else about redemption', () => {
    const keys = (redemption: string) =>
      JSON.stringify([{ name: 'shop', sha256: 'ab'.repeat(32), redemption }]);
    const { config } = loaded({ env: { ...PROJECT, X402_SECURITY__API_KEYS: keys('resume') } });
    expect(config.security.apiKeys).toMatchObject([{ redemption: 'resume' }]);
    expect(() => loaded({ env: { ...PROJECT, X402_SECURITY__API_KEYS: keys('twice') } })).toThrow(
      'security.apiKeys[0].redemption: expected one of "once"|"resume"',
    );
  });

  test('operators’ keys need a port that callers do not reach', () => {
    const keys = JSON.stringify([{ name: 'anna', sha256: 'ab'.repeat(32) }]);
    const env = { ...PROJECT, X402_SECURITY__OPERATOR_KEYS: keys };
    expect(() => loaded({ env })).toThrow('security.operatorKeys: expected metrics.port too');
    expect(loaded({ env: { ...env, X402_METRICS__PORT: '9465' } }).config.security.operatorKeys).toHaveLength(
      1,
    );
  });

  test('X402_CONFIG names another file', () => {
    const { config } = loaded({
      files: { '/etc/x402.json': JSON.stringify({ server: { port: 1 } }) },
      env: { ...PROJECT, X402_CONFIG: '/etc/x402.json' },
    });
    expect(config.server.port).toBe(1);
  });

  test('a secret is read from the file that …_FILE names, without its last line break', () => {
    const { config } = loaded({
      files: { '/run/secrets/project': 'previewfromfile\n' },
      env: { X402_CHAIN__BLOCKFROST__PROJECT_ID_FILE: '/run/secrets/project' },
    });
    expect(config.chain.blockfrost.projectId).toBe('previewfromfile');
  });

  test('an empty variable counts as unset', () => {
    const { config } = loaded({ env: { ...PROJECT, X402_SERVER__PORT: '', X402_SENTRY__DSN: '' } });
    expect(config.server.port).toBe(3000);
    expect(config.sentry.dsn).toBeUndefined();
  });

  test('variables that Kubernetes writes for a service named x402-… are not mistaken for settings', () => {
    const { config } = loaded({
      env: {
        ...PROJECT,
        X402_API_SERVICE_HOST: '10.0.0.1',
        X402_API_SERVICE_PORT_HTTP: '3000',
        X402_API_PORT: 'tcp://10.0.0.1:3000',
        X402_API_PORT_3000_TCP_ADDR: '10.0.0.1',
      },
    });
    expect(config.server.port).toBe(3000);
  });

  test('a further network inherits what it leaves out', () => {
    const { config } = loaded({
      env: {
        ...PROJECT,
        X402_CHAIN__ALSO_SERVE:
          '[{"network":"Preprod","blockfrost":{"projectId":"preprodx"},"verification":{"maxInputs":3}}]',
      },
    });
    expect(config.chain.alsoServe).toEqual([
      {
        network: 'Preprod',
        blockfrost: { projectId: 'preprodx', tier: 'free' },
        verification: { maxInputs: 3 },
      },
    ]);
  });
});

describe('one line per mistake', () => {
  test('without anything configured, the project ID is what is missing', () => {
    expect(linesOf({})).toEqual([
      'ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required',
    ]);
  });

  test('a provider on this machine needs no project ID, one elsewhere does', () => {
    const url = (value: string) => ({ env: { X402_CHAIN__BLOCKFROST__URL: value } });
    for (const local of ['http://127.0.0.1:4000/api/v0', 'http://localhost:1/api/v0', 'http://[::1]:1/'])
      expect(linesOf(url(local))).toEqual([]);
    expect(linesOf(url('http://127.0.0.1.example.com/api/v0'))).toEqual([
      'ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required',
    ]);
  });

  test('all mistakes are reported at once, each with its path, what was expected and what was found', () => {
    expect(
      linesOf({
        file: {
          env: 'prod',
          server: { port: 70_000, prot: 1 },
          sever: {},
          rateLimit: { global: 'many' },
          chain: { network: 'Testnet', redis: { port: null } },
        },
      }),
    ).toEqual([
      'ConfigInvalidError: env: expected one of "development"|"production"|"test"',
      'ConfigInvalidError: server.port: expected number to be <=65535',
      'ConfigInvalidError: server.prot: unknown key',
      'ConfigInvalidError: rateLimit.global: expected number, found string',
      'ConfigInvalidError: chain.network: expected one of "Preview"|"Preprod"|"Mainnet"',
      'ConfigInvalidError: chain.redis.port: expected number, found null',
      'ConfigInvalidError: sever: unknown key',
      'ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required',
    ]);
  });

  test('an unknown X402_ variable is a mistake', () => {
    expect(linesOf({ env: { ...PROJECT, X402_CHAIN__NETWROK: 'Preprod' } })).toEqual([
      'ConfigInvalidError: X402_CHAIN__NETWROK: unknown setting: no such key in the configuration',
    ]);
  });

  test('a value that is not a number is refused under the key’s own name', () => {
    expect(linesOf({ env: { ...PROJECT, X402_SERVER__PORT: 'http' } })).toEqual([
      'ConfigInvalidError: server.port: expected number, found string',
    ]);
  });

  test('an asset in another form, and a hop count that Fastify would not honour, are refused', () => {
    expect(
      linesOf({
        env: {
          ...PROJECT,
          X402_CHAIN__VERIFICATION__ASSETS: '["lovelace","ADA"]',
          X402_SERVER__TRUST_PROXY: '1',
        },
      }),
    ).toEqual([
      'ConfigInvalidError: server.trustProxy: expected boolean, found number; or expected string, found number; or expected array, found number',
      'ConfigInvalidError: chain.verification.assets[1]: expected lovelace or policyId.assetNameHex in lower case',
    ]);
  });

  test.each(['https://sentry.example/1', 'https://LEAK@sentry.example', 'LEAK'])(
    'a DSN that Sentry could not read, %s, is refused and not repeated',
    (dsn) => {
      expect(linesOf({ env: { ...PROJECT, X402_SENTRY__DSN: dsn } })).toEqual([
        'ConfigInvalidError: sentry.dsn: expected a DSN as Sentry shows it, https://KEY@HOST/PROJECT',
      ]);
    },
  );

  test.each([
    'pay.example',
    'ftp://pay.example',
    'https://u:p@pay.example',
    'https://pay.example/?a',
    'https://pay.example/#',
  ])('a public URL that no path can be put behind, %s, is refused', (publicUrl) => {
    expect(linesOf({ env: { ...PROJECT, X402_SERVER__PUBLIC_URL: publicUrl } })).toEqual([
      expect.stringMatching(/^ConfigInvalidError: server.publicUrl: expected an? (http or https )?URL/),
    ]);
  });

  test('a value and its _FILE together are ambiguous', () => {
    expect(
      linesOf({ env: { ...PROJECT, X402_CHAIN__BLOCKFROST__PROJECT_ID_FILE: '/run/secrets/project' } }),
    ).toEqual([
      'ConfigInvalidError: X402_CHAIN__BLOCKFROST__PROJECT_ID: expected this or X402_CHAIN__BLOCKFROST__PROJECT_ID_FILE, found both',
    ]);
  });

  test('a file that cannot be read is named with the reason', () => {
    expect(linesOf({ env: { X402_CONFIG: '/nowhere.json' } })).toEqual([
      'ConfigInvalidError: X402_CONFIG: cannot read /nowhere.json: ENOENT',
    ]);
    expect(linesOf({ env: { ...PROJECT, X402_CHAIN__REDIS__PASSWORD_FILE: '/nowhere' } })).toEqual([
      'ConfigInvalidError: X402_CHAIN__REDIS__PASSWORD_FILE: cannot read /nowhere: ENOENT',
    ]);
  });

  test('broken JSON is reported by its place and never quoted', () => {
    const [line, ...more] = linesOf({ text: '{"chain":{"blockfrost":{\n"projectId":"topsecret" "tier"}}' });
    expect(line).toMatch(
      /^ConfigInvalidError: config\/config\.json: not valid JSON( \(line 2, column \d+\))?$/,
    );
    expect(more).toEqual([]);
    expect(linesOf({ text: '[]' })).toEqual([
      'ConfigInvalidError: config/config.json: expected a JSON object',
    ]);
  });

  test('Mainnet is served only when the environment says so', () => {
    const env = { X402_CHAIN__NETWORK: 'Mainnet', X402_CHAIN__BLOCKFROST__PROJECT_ID: 'mainnetabc' };
    expect(linesOf({ env })).toEqual([
      'ConfigInvalidError: chain.network: Mainnet needs MAINNET=true in the environment',
    ]);
    expect(loaded({ env: { ...env, MAINNET: 'true' } }).config.chain.network).toBe('Mainnet');
  });

  test('a project ID of another network is noticed before Blockfrost refuses it', () => {
    expect(linesOf({ env: { X402_CHAIN__BLOCKFROST__PROJECT_ID: 'mainnetabc' } })).toEqual([
      'ConfigInvalidError: chain.blockfrost.projectId: expected a project ID of Preview, found one of mainnet',
    ]);
  });

  test('no secret is ever repeated in a mistake', () => {
    const lines = linesOf({
      file: { chain: { blockfrost: { projectId: ['leak-a'] }, redis: { password: { leak: 'leak-b' } } } },
    });
    expect(lines).toHaveLength(2);
    expect(lines.join('\n')).not.toContain('leak-');
  });
});

describe('the wallet belongs to the worker', () => {
  const wallet = { X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: '/run/secrets/seed' };

  test('the API drops it unread in development, with a warning that names the source', () => {
    const { config, warnings } = loaded({
      file: { chain: { facilitator: { seedPhrase: 'a b c' } } },
      env: { ...PROJECT, ...wallet },
      tier: 'api',
    });
    expect(config.chain.facilitator).toBeUndefined();
    expect(warnings).toEqual([
      'chain.facilitator is ignored unread: the API must not hold the wallet; leave it to the worker',
      'X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE is ignored unread: the API must not hold the wallet; leave it to the worker',
    ]);
  });

  test('the API refuses to start with it in production', () => {
    expect(linesOf({ file: OPERATORS_FILE, tier: 'api' })).toEqual([
      'ConfigInvalidError: chain.facilitator: the API must not hold the wallet; leave it to the worker',
    ]);
    expect(linesOf({ env: { ...PROJECT, ...wallet, X402_ENV: 'production' }, tier: 'api' })).toEqual([
      'ConfigInvalidError: X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE: the API must not hold the wallet; leave it to the worker',
    ]);
  });

  test('the worker gets it, in one form', () => {
    const { config } = loaded({ files: { '/run/secrets/seed': 'a b c\n' }, env: { ...PROJECT, ...wallet } });
    expect(config.chain.facilitator).toEqual({ seedPhrase: 'a b c' });
    expect(
      linesOf({ file: { chain: { facilitator: { seedPhrase: 'a', privateKey: 'b' } } }, env: PROJECT }),
    ).toEqual(['ConfigInvalidError: chain.facilitator: expected seedPhrase or privateKey, found both']);
  });
});

test('Redis Cluster is refused with the reason, and half a client certificate too', () => {
  const redis = (settings: object) => linesOf({ file: { chain: { redis: settings } }, env: PROJECT });
  expect(redis({ cluster: [{ host: 'one', port: 7000 }] })).toEqual([
    'ConfigInvalidError: chain.redis.cluster: Redis Cluster is not supported, because one node of it would hold every key: use host and port, or sentinels',
  ]);
  expect(redis({ tls: { certPath: 'client.crt' } })).toEqual([
    'ConfigInvalidError: chain.redis.tls: expected certPath and keyPath, found one of them',
  ]);
});

test('look-ups of a window that do not suffice for one payment are a mistake', () => {
  const env = { ...PROJECT, X402_CHAIN__VERIFICATION__MAX_INPUTS: '40' };
  expect(linesOf({ env: { ...env, X402_RATE_LIMIT__LOOKUPS: '39' } })).toEqual([
    'ConfigInvalidError: rateLimit.lookups: expected at least chain.verification.maxInputs (40), what one payment may need, found 39',
  ]);
  expect(loaded({ env: { ...env, X402_RATE_LIMIT__LOOKUPS: '40' } }).config.rateLimit.lookups).toBe(40);
});

test.each(['0.1', '1.1'])('a reserve of %s is a mistake', (share) => {
  const [line] = linesOf({ env: { ...PROJECT, X402_CHAIN__PROVIDER_RESERVE_SHARE: share } });
  expect(line).toMatch(/^ConfigInvalidError: chain\.providerReserveShare: /);
});

test('webhooks need their master secret in a worker, not in the API, and it is masked', () => {
  const env = { ...PROJECT, X402_WEBHOOKS__ENABLED: 'true' };
  expect(linesOf({ env, tier: 'worker' })).toEqual([
    'ConfigInvalidError: webhooks.masterSecret: expected a secret, as webhooks.enabled is true',
  ]);
  expect(loaded({ env, tier: 'api' }).config.webhooks).toEqual({
    enabled: true,
    timeoutMs: 10_000,
    concurrency: 4,
    retry: { firstDelayMs: 5_000, longestDelayMs: 3_600_000, giveUpSeconds: 86_400 },
    maxWaiting: 10_000,
    allowHttp: false,
    allowPrivateNetworks: false,
  });
  expect(linesOf({ env: { ...env, X402_WEBHOOKS__MASTER_SECRET: 'short' }, tier: 'worker' })[0]).toMatch(
    /^ConfigInvalidError: webhooks\.masterSecret: /,
  );
  const secret = 'of-the-test-and-of-no-one-else-01234';
  for (const name of ['MASTER_SECRET', 'PREVIOUS_MASTER_SECRET']) {
    const secrets = { X402_WEBHOOKS__MASTER_SECRET: 'm'.repeat(32), [`X402_WEBHOOKS__${name}`]: secret };
    const { config } = loaded({ env: { ...env, ...secrets }, tier: 'worker' });
    expect(JSON.stringify(config)).toContain(secret);
    expect(JSON.stringify(maskSecrets(config))).not.toContain(secret);
  }
  expect(linesOf({ env: { ...PROJECT, X402_WEBHOOKS__RETRY__FIRST_DELAY_MS: '3600001' } })).toEqual([
    'ConfigInvalidError: webhooks.retry.firstDelayMs: expected at most webhooks.retry.longestDelayMs (3600000), found 3600001',
  ]);
});

test('a deny-list or a screening service while screening is off is a mistake', () => {
  expect(linesOf({ env: { ...PROJECT, X402_SCREENING__DENY_FILE: 'denied.txt' } })).toEqual([
    'ConfigInvalidError: screening.enabled: expected true, as screening.denyFile is set: without it no party is screened',
  ]);
  const asked = { ...PROJECT, X402_SCREENING__SERVICE__URL: 'https://screen.example/v1?list=all' };
  expect(linesOf({ env: asked })).toEqual([
    'ConfigInvalidError: screening.enabled: expected true, as screening.service.url is set: without it no party is screened',
  ]);
  const { config } = loaded({ env: { ...asked, X402_SCREENING__ENABLED: 'true' } });
  expect(config.screening).toEqual({
    enabled: true,
    service: {
      url: 'https://screen.example/v1?list=all',
      timeoutMs: 1_000,
      cacheSeconds: 60,
      whenUnavailable: 'refuse',
    },
  });
});

test('the screening service’s secret is masked, and its URL holds none', () => {
  const env = { ...PROJECT, X402_SCREENING__ENABLED: 'true' };
  const url = 'https://user:word@screen.example/';
  expect(linesOf({ env: { ...env, X402_SCREENING__SERVICE__URL: url } })).toEqual([
    'ConfigInvalidError: screening.service.url: expected a URL without user and fragment',
  ]);
  const broken = { ...env, X402_SCREENING__SERVICE__AUTHORIZATION: 'Bearer of-the\ntest' };
  expect(linesOf({ env: broken })).toEqual([
    'ConfigInvalidError: screening.service.authorization: expected the header in printable ASCII',
  ]);
  const secret = { X402_SCREENING__SERVICE__AUTHORIZATION: 'Bearer of-the-test' };
  const { config } = loaded({ env: { ...env, ...secret } });
  expect(maskSecrets(config)).toMatchObject({ screening: { service: { authorization: '***' } } });
});
