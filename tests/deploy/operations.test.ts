import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, waitUntil } from '@x402-facilitator/tools/processes';
import { baseEnvironment, fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { post, signPayment } from '../support/facilitator.js';
import { runOps } from '../support/ops.js';
import { replica, useStack } from '../support/use-stack.js';
import { type Cluster, startCluster } from './support/cluster.js';
import { expectedOutput, NOT_RUN } from './support/expected-output.js';
import { hasKustomize, kustomize } from './support/kubernetes.js';
import { onPath } from './support/on-path.js';
import { layComposeTools, layDirectory, layMissing } from './support/operators-directory.js';
import { type CommandBlock, commandBlocks, commandsOf, inlineCommands, RUNBOOK } from './support/runbook.js';

/** The pages that an operator follows. */
const PAGES = [
  ...RUNBOOK,
  'docs/providers.md',
  'docs/configuration.md',
  'docs/settlement.md',
  'docs/metrics.md',
];
const blocks = PAGES.flatMap(commandBlocks);

const SETTINGS = ['host', 'compose', 'cluster'] as const;
type Setting = (typeof SETTINGS)[number];
/** Where a block runs: what it asks for, or everywhere. */
const settingsOf = ({ needs }: CommandBlock): readonly Setting[] =>
  needs === 'Docker'
    ? ['compose']
    : needs === 'a cluster'
      ? ['cluster']
      : needs === 'a checkout'
        ? ['host']
        : needs === 'nothing'
          ? SETTINGS
          : [];

/** Those in text and tables that no block has; optional parts are left out. */
const typedInBlocks = new Set(blocks.flatMap(({ text }) => commandsOf(text)));
const inlineSpans = [
  ...new Set(
    // That page also names the commands of another guide.
    PAGES.filter((page) => page !== 'docs/operations/guide.md')
      .flatMap(inlineCommands)
      .map((span) => span.replaceAll(/ \[[^\]]*\]/g, '')),
  ),
].filter((span) => !span.startsWith('. deploy/operate/') && !typedInBlocks.has(span));
const runsIn = (command: string): readonly Setting[] => {
  if (command in NOT_RUN) return [];
  // The settings differ in how they start `ops`, which the blocks try in each.
  if (command.startsWith('ops ')) return ['host'];
  if (/^(?:redis|api|worker) /.test(command)) return SETTINGS;
  if (command.startsWith('docker ')) return ['compose'];
  if (command.startsWith('kubectl ')) return ['cluster'];
  return ['host'];
};
const typedBy = (pattern: RegExp) =>
  [...blocks.flatMap(({ text }) => commandsOf(text)), ...inlineSpans].filter((command) =>
    pattern.test(command),
  );

/** What only looks: once in each setting is enough. */
const READS = /^(?:ops status$|api |worker |redis (?:info|config get) )/;

const PASSWORD = 'of-the-operator';
const directory = mkdtempSync(join(tmpdir(), 'x402-runbook-'));
const place = (name: string) => join(directory, name);
const shell = (command: string, ...args: readonly string[]) => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
};
const tlsPort = await freePort();
shell(
  'openssl',
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
  ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ...['-keyout', place('redis.key'), '-out', place('redis.crt')],
);

/** The cluster answers from this process, so nothing here may block it. */
function finished(command: string, args: readonly string[], options: SpawnOptions) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(command, args, options);
    const said = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...said }));
  });
}

const canRun = onPath('redis-server') && onPath('redis-cli') && onPath('curl');

describe.skipIf(!canRun)(
  'the commands of the operators’ pages (skipped without redis-server, redis-cli and curl)',
  () => {
    const stack = useStack({
      paywall: false,
      redis: {
        exclusive: true,
        persistence: 'always',
        password: PASSWORD,
        settings: {
          'tls-port': String(tlsPort),
          'tls-cert-file': place('redis.crt'),
          'tls-key-file': place('redis.key'),
          'tls-ca-cert-file': place('redis.crt'),
          'tls-auth-clients': 'no',
        },
      },
    });
    let cluster: Cluster | undefined;

    beforeAll(async () => {
      const { port } = new URL(stack().redis.url);
      // A host has no pnpm and no Docker, and the other two have no pnpm either.
      for (const name of ['pnpm', 'docker', 'kubectl']) layMissing(place('host-bin'), name);
      layComposeTools(place('compose-bin'));
      layMissing(place('cluster-bin'), 'docker');
      for (const name of ['compose', 'cluster']) layDirectory(place(name));
      writeFileSync(place('compose/.env'), `REDIS_PASSWORD=${PASSWORD}\nGRAFANA_ADMIN_PASSWORD=g\n`);
      writeFileSync(place('cluster/project-id'), 'preview0');
      writeFileSync(place('cluster/seed-phrase'), '');
      writeFileSync(
        place('engine'),
        JSON.stringify({
          root: ROOT,
          api: replica(stack().apis).url,
          worker: replica(stack().workers).url,
          redisPort: Number(port),
          password: PASSWORD,
          logs: stack().logDirectory,
          state: directory,
          settings: stack().settings,
        }),
      );
      // What a stopped Redis leaves on its volume.
      const volume = place('volumes/redis-prod-data');
      mkdirSync(volume, { recursive: true });
      shell(
        'sh',
        '-c',
        `cd '${volume}' && redis-server --port 0 --unixsocket s --appendonly yes --daemonize yes >/dev/null &&
      until redis-cli -s s set a 1 2>/dev/null | grep -q OK; do sleep 0.1; done; redis-cli -s s shutdown nosave; rm -f s`,
      );
      if (!hasKustomize()) return;
      const rendered = kustomize('deploy/k8s/overlays/production');
      if ('reason' in rendered) throw new Error(rendered.reason);
      const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      cluster = await startCluster({
        directory,
        objects: [
          ...['ingress-nginx', 'monitoring'].map(namespace),
          ...rendered.objects,
          {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'Ingress',
            metadata: { name: 'x402-api', namespace: 'x402-production' },
            spec: {},
          },
        ],
        logsOf: (pod) =>
          readFileSync(join(stack().logDirectory, `${pod.split('-')[1]}-1.log`), {
            encoding: 'utf8',
            flag: 'a+',
          }),
        inContainer: (container, [command = '', ...args]) => {
          const engine = join(ROOT, 'tests/deploy/support/engine/bin');
          const tier = { ...baseEnvironment(), ...stack().settings };
          const inside: Record<string, NodeJS.ProcessEnv> = {
            ops: tier,
            api: tier,
            worker: tier,
            redis: {
              PATH: `${engine}${delimiter}${process.env.PATH}`,
              STANDIN_REDIS_PORT: port,
              REDIS_PASSWORD: PASSWORD,
            },
          };
          const outside = (text: string) =>
            text
              .replace(
                /^dist\/ops\.js$/,
                container === 'ops' ? join(ROOT, 'apps/worker/dist/ops.js') : '/no-such-file',
              )
              .replace(/http:\/\/127\.0\.0\.1:(3000|9465)/, replica(stack().apis).url)
              .replace('http://127.0.0.1:9464', replica(stack().workers).url);
          return { command, args: args.map(outside), env: inside[container] ?? {} };
        },
      });
    });

    afterAll(async () => {
      await cluster?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    /** Runs commands as an operator there would; each has to succeed and to print what is expected of it. */
    async function run(setting: Setting, commands: readonly string[]): Promise<void> {
      const script = [
        `. deploy/operate/${setting}.sh`,
        'exec 2>&1',
        ...commands.flatMap((command) => [command, "printf '\\036'"]),
      ];
      const { status, stdout, stderr } = await finished(
        'bash',
        ['-euo', 'pipefail', '-c', script.join('\n')],
        {
          cwd: setting === 'host' ? ROOT : place(setting),
          timeout: 170_000,
          // A bash whose input is a socket believes that it is a remote shell, and reads that shell's start-up files.
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            ...baseEnvironment(),
            PATH: `${place(`${setting}-bin`)}${delimiter}${process.env.PATH}`,
            TMPDIR: directory,
            BACKUP_DIR: directory,
            ...(setting === 'host'
              ? {
                  ...stack().settings,
                  API: replica(stack().apis).url,
                  API_METRICS: replica(stack().apis).url,
                  WORKER: replica(stack().workers).url,
                  REDIS_URL: `rediss://127.0.0.1:${tlsPort}`,
                  REDIS_PASSWORD: PASSWORD,
                  REDIS_CACERT: place('redis.crt'),
                }
              : {}),
            ...(setting === 'compose' ? { DOCKER_STANDIN: place('engine') } : {}),
            ...(setting === 'cluster' ? { KUBECONFIG: cluster?.kubeconfig } : {}),
          },
        },
      );
      // A registry without advisories fails the check, which is what the page says.
      const isUnaudited = stdout.includes('audit: NOT AUDITED');
      expect(status, `${commands.join('\n')}\n${stdout}${stderr}\n${cluster?.unknown.join('\n')}`).toBe(
        isUnaudited ? 1 : 0,
      );
      const outputs = stdout.split('\x1e');
      for (const [index, command] of commands.entries())
        expect.soft(outputs[index], command).toMatch(expectedOutput(command) ?? /$./);
    }

    /** A payment that was accepted, by its transaction id. */
    const settle = async () => {
      const payer = await fundPayer(stack());
      const { transaction, request } = await signPayment(stack(), payer, { confirmations: 0 });
      expect(
        (await post(`${replica(stack().apis).url}/settle`, request, { prefer: 'respond-async' })).status,
      ).toBe(202);
      return transaction;
    };

    /** A file with the receipt of a payment. */
    const receipt = async () => {
      const transaction = await settle();
      const text = await waitUntil(
        async () => {
          const answer = await fetch(`${replica(stack().apis).url}/status/${transaction}/receipt`);
          return answer.ok && (await answer.text());
        },
        { what: 'the receipt' },
      );
      writeFileSync(place('receipt.json'), text);
      return place('receipt.json');
    };

    const blocksOfTheChain = (what: 'pause' | 'resume') =>
      fetch(`${stack().devnet.controlUrl}/${what}`, { method: 'POST' });

    describe.each(SETTINGS)('with %s', (setting) => {
      beforeEach(({ skip }) => {
        if (setting === 'cluster' && cluster === undefined) skip('needs kubectl 1.21 or later');
        // Each block stands for itself: what another one stopped is running.
        const images = ['api', 'worker'].flatMap((tier) =>
          ['new', 'old'].map((tag) => `x402-facilitator/${tier}:${tag}`),
        );
        writeFileSync(place('engine.json'), JSON.stringify({ images, stopped: [] }));
      });

      const done = new Set<string>();
      const here = blocks.filter((block) => settingsOf(block).includes(setting));
      it.for(here.map((block, index) => ({ ...block, where: `${block.page}, ${block.heading}`, index })))(
        'do what they say: $where',
        async ({ text }) => {
          const commands = commandsOf(text).filter((command) => {
            const isAgain = READS.test(command) && done.has(command);
            done.add(command);
            return !isAgain && !command.startsWith('. deploy/operate/');
          });
          await run(setting, commands);
        },
      );

      // A container cannot read an operator's file; `-` would be its standard input.
      const inline = inlineSpans.filter(
        (command) => runsIn(command).includes(setting) && (setting === 'host' || !/\bFILE\b/.test(command)),
      );
      const values: Record<string, string> = {
        TEXT: 'drill',
        PARTY: 'ab'.repeat(28),
        SECONDS: '30',
        WHEN: '2999-01-01',
        FILE: '/no-such-file',
        URL: 'https://shop.example/weather',
        // A revoked key's name stays taken.
        NAME: `shop-${setting}`,
      };
      const filled = (command: string) =>
        command.replace(/\b(?:TX|FILE|TEXT|PARTY|SECONDS|URL|WHEN|NAME)\b/g, (name) => values[name] ?? name);
      const resume = async () => expect(await runOps(stack().settings, 'resume')).toMatchObject({ code: 0 });

      describe('in text and tables', () => {
        // Among them are pauses, and what came before may have left one.
        beforeAll(resume);
        afterAll(resume);

        describe('about a payment', () => {
          beforeAll(async () => {
            if (setting === 'host') values.FILE = await receipt();
            // It stays pending while its commands run.
            await blocksOfTheChain('pause');
            values.TX = await settle();
          });
          afterAll(() => blocksOfTheChain('resume'));

          it.for(inline.filter((command) => /\bTX\b/.test(command)))('%s', (command) =>
            run(setting, [filled(command)]),
          );
        });

        it.for(inline.filter((command) => !/\bTX\b/.test(command)))('%s', (command) =>
          run(setting, [filled(command)]),
        );
      });
    });

    it('ops and redis work while no worker and no API runs', async () => {
      await Promise.all([...stack().workers, ...stack().apis].map(({ process }) => process.stop()));
      for (const setting of SETTINGS)
        if (setting !== 'cluster' || cluster !== undefined)
          await run(setting, ['ops pause --reason "no worker"', 'ops status', 'ops resume', 'redis ping']);
    });
  },
);

it('every command of the pages is run, or is on the list of those that are not, with a reason', () => {
  expect(blocks.length).toBeGreaterThan(50);
  const typed = new Set([...blocks.flatMap(({ text }) => commandsOf(text)), ...inlineSpans]);
  expect(
    [...typed].filter((command) => expectedOutput(command) === undefined && !(command in NOT_RUN)),
  ).toEqual([]);
  expect(Object.keys(NOT_RUN).filter((command) => !typed.has(command))).toEqual([]);
  const isRun = (command: string) => runsIn(command).length > 0;
  expect(inlineSpans.filter((command) => !isRun(command) && !(command in NOT_RUN))).toEqual([]);
  const forever = blocks
    .filter(({ needs }) => needs === 'runs until stopped')
    .flatMap(({ text }) => commandsOf(text));
  expect(forever.filter((command) => !(command in NOT_RUN))).toEqual([]);
});

it('no page asks an operator for pnpm', () => {
  expect([...typedBy(/\bpnpm\b/)]).toEqual([]);
});
