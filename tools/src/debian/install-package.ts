import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.js';
import { takeLock } from './lock.js';

/** A program that distributions package, and what the package is called. */
export type SystemPackage = {
  /** Names under which the program may be found; messages use the first. */
  readonly programs: readonly [string, ...string[]];
  /** Debian's package, as apt-get knows it. */
  readonly apt: string;
  /** Homebrew's formula, where there is one. */
  readonly brew?: string;
  /** System services that Debian's package would start. */
  readonly services?: readonly string[];
  /** An environment variable: `never` forbids the installation. */
  readonly forbiddenBy: string;
};

export type Installation =
  | { readonly kind: 'installed'; readonly binary: string }
  | { readonly kind: 'not-installed'; readonly reason: string };

export type InstallOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly announce: (message: string) => void;
  /** Held while installing, so that concurrent runs install once: apt-get itself runs one at a time. */
  readonly lockDirectory?: string;
  readonly usualPlaces?: readonly string[];
};

const run = promisify(execFile);

/**
 * Some packages start a system service; we want the program only. policy-rc.d is Debian's own way to say so, and where
 * somebody's policy is in place already, a service that this installation started is stopped again.
 * Its arguments: the package, then its services.
 */
const APT_SCRIPT = `
set -eu
export DEBIAN_FRONTEND=noninteractive
package=$1
shift
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$package"
if [ -d /run/systemd/system ]; then
  for service in "$@"; do systemctl disable --now "$service" || true; done
fi
`;

/** Installs a program by apt-get (as root or with a sudo that asks nothing) or brew. Never throws. */
export async function installPackage(wanted: SystemPackage, options: InstallOptions): Promise<Installation> {
  const { env, announce, lockDirectory = join(tmpdir(), 'x402-facilitator-install.lock') } = options;
  const [program] = wanted.programs;
  if (env[wanted.forbiddenBy] === 'never') {
    return { kind: 'not-installed', reason: `${wanted.forbiddenBy}=never forbids installing one` };
  }
  const installer = await findInstaller(wanted, env);
  if (installer === undefined) {
    const others = wanted.brew === undefined ? '' : ' or brew';
    return { kind: 'not-installed', reason: `no apt-get (as root or by passwordless sudo)${others}` };
  }
  const unlock = await takeLock(lockDirectory);
  try {
    const already = await findProgram(wanted.programs, env, options.usualPlaces);
    if (already !== undefined) return { kind: 'installed', binary: already };
    announce(`Installing ${program} with ${installer.name} (once; a minute or so)`);
    await run(installer.command, installer.args, { env, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 });
    const binary = await findProgram(wanted.programs, env, options.usualPlaces);
    return binary === undefined
      ? { kind: 'not-installed', reason: `${installer.name} succeeded but left no ${program} on PATH` }
      : { kind: 'installed', binary };
  } catch (error) {
    return { kind: 'not-installed', reason: `${installer.name} failed: ${lastWords(error)}` };
  } finally {
    await unlock();
  }
}

type Installer = { readonly name: string; readonly command: string; readonly args: string[] };

async function findInstaller(
  { apt, brew, services = [] }: SystemPackage,
  env: NodeJS.ProcessEnv,
): Promise<Installer | undefined> {
  const works = async (command: string, ...args: string[]) => {
    try {
      await run(command, args, { env, timeout: 10_000 });
      return true;
    } catch {
      return false;
    }
  };
  if (await works('apt-get', '--version')) {
    const script = ['-c', APT_SCRIPT, 'install', apt, ...services];
    if (process.getuid?.() === 0) return { name: 'apt-get', command: '/bin/sh', args: script };
    if (await works('sudo', '-n', 'true')) {
      return { name: 'apt-get', command: 'sudo', args: ['-n', '/bin/sh', ...script] };
    }
  }
  if (brew !== undefined && (await works('brew', '--version')))
    return { name: 'brew', command: 'brew', args: ['install', '--quiet', brew] };
  return undefined;
}

function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const said = (stderr ?? '').trim().split('\n').slice(-3).join(' ');
  return said === '' ? (message ?? String(error)) : said;
}
