import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { pnpmPath } from '@x402-facilitator/tools/pnpm';
import { ROOT } from '@x402-facilitator/tools/stack';
import { DockerfileParser } from 'dockerfile-ast';
import { readText } from './files.js';

/** One instruction of a stage of the Dockerfile. */
export type Instruction = { readonly keyword: string; readonly text: string };

/** The instructions by stage, in order. */
export function readStages(): ReadonlyMap<string, readonly Instruction[]> {
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const instruction of DockerfileParser.parse(readText('Dockerfile')).getInstructions()) {
    const keyword = instruction.getKeyword();
    const text = instruction.toString().replace(/\\\n/g, ' ').replace(/\s+/g, ' ').replace(/^\S+ /, '');
    if (keyword === 'FROM') {
      current = [];
      // FROM image AS name
      stages.set(text.split(' ').at(-1) ?? '', current);
    }
    current.push({ keyword, text });
  }
  return stages;
}

/** The files that Docker would get: those that git tracks or could track, without those in .dockerignore. */
export function buildContext(): readonly string[] {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const ignored = dockerignore.default().add(readText('.dockerignore'));
  return ignored.filter(stdout.trim().split('\n')).filter((file) => existsSync(join(ROOT, file)));
}

/**
 * Runs the build stage in `directory` instead of an image: copies the context and runs every RUN line, with this
 * machine's Node and the repository's pnpm.
 *
 * @throws Error with the line that failed and what it printed.
 */
export function runBuildStage(directory: string): void {
  for (const file of buildContext()) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(ROOT, file), join(directory, file));
  }
  const bin = join(directory, '.bin');
  mkdirSync(bin);
  symlinkSync(pnpmPath(), join(bin, 'pnpm'));

  const runs = (readStages().get('build') ?? []).filter(({ keyword }) => keyword === 'RUN');
  for (const { text } of runs) {
    // This line only makes sense in an image: it installs pnpm there.
    if (text.startsWith('npm install --global')) continue;
    // The cache mount belongs to the builder, not to the command.
    const command = text.replace(/^(--mount=\S+ )+/, '');
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-ec', command], {
      cwd: directory,
      env: { ...process.env, CI: 'true', PATH: `${bin}${delimiter}${process.env.PATH}` },
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(`RUN ${text}\n${stdout}${stderr}`);
  }
}
