import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';

/** A directory of an operator: the files of the repository, and their own. */
export function layDirectory(directory: string): void {
  mkdirSync(join(directory, 'config'), { recursive: true });
  for (const own of ['docker-compose.yml', 'Dockerfile', 'deploy', 'package.json'])
    symlinkSync(join(ROOT, own), join(directory, own));
  cpSync(join(ROOT, 'config/config.example.json'), join(directory, 'config/config.example.json'));
}

/** The programs of a machine with Docker: `docker` stands in (engine/docker.mjs), and there is no pnpm. */
export function layComposeTools(bin: string): void {
  layMissing(bin, 'pnpm');
  symlinkSync(join(ROOT, 'tests/deploy/support/engine/docker.mjs'), join(bin, 'docker'));
  script(
    join(bin, 'git'),
    `case $1 in pull) echo 'Already up to date.' ;; *) exec /usr/bin/env PATH="\${PATH#*:}" git -C '${ROOT}' "$@" ;; esac`,
  );
}

/** A program that this machine does not have. */
export function layMissing(bin: string, name: string): void {
  script(join(bin, name), `echo "${name}: not found" >&2; exit 127`);
}

function script(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
