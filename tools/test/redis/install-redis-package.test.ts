import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installRedis } from '../../src/redis/install-redis.js';

let root: string;
let bin: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'x402-test-'));
  bin = join(root, 'bin');
  mkdirSync(bin);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A package manager whose `install` puts a program on PATH and counts how often it was asked. */
function packageManager(name: string, installs = true): void {
  const program = join(bin, 'redis-server');
  const script = `#!/bin/sh
[ "$1" = --version ] && exit 0
echo "$@" >> ${join(root, 'calls')}
${installs ? `printf '#!/bin/sh\\n' > ${program}; /bin/chmod 755 ${program}` : 'echo "no route to the archive" >&2; exit 100'}
`;
  writeFileSync(join(bin, name), script);
  chmodSync(join(bin, name), 0o755);
}

const calls = () => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');

const install = (env: NodeJS.ProcessEnv = {}) =>
  installRedis({
    env: { PATH: bin, ...env },
    announce: () => {},
    lockDirectory: join(root, 'lock'),
    usualPlaces: [],
  });

describe('installRedis', () => {
  it('installs once when several runs ask at the same moment', async () => {
    packageManager('brew');
    const outcomes = await Promise.all([1, 2, 3].map(() => install()));
    expect(outcomes).toEqual(Array(3).fill({ kind: 'installed', binary: join(bin, 'redis-server') }));
    expect(calls()).toEqual(['install --quiet redis']);
    expect(existsSync(join(root, 'lock'))).toBe(false);
  });

  it('steps over the lock of a run that died', async () => {
    packageManager('brew');
    mkdirSync(join(root, 'lock'));
    writeFileSync(join(root, 'lock', 'pid'), '2147483646');
    expect((await install()).kind).toBe('installed');
  });

  it("passes on the package manager's last words", async () => {
    packageManager('brew', false);
    expect(await install()).toEqual({
      kind: 'not-installed',
      reason: 'brew failed: no route to the archive',
    });
  });

  it('installs nothing where a variable of the environment forbids it', async () => {
    packageManager('brew');
    expect((await install({ REDIS_INSTALL: 'never' })).kind).toBe('not-installed');
    expect(existsSync(join(root, 'calls'))).toBe(false);
  });

  it('says what it would need where there is no package manager', async () => {
    expect(await install()).toEqual({
      kind: 'not-installed',
      reason: 'no apt-get (as root or by passwordless sudo) or brew',
    });
  });
});
