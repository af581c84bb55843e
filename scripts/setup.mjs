#!/usr/bin/env node
// Makes a checkout ready to run: pnpm, the dependencies, the build. Every command in the README starts here, so it
// needs only Node, npm and git. Without changes, it takes less than a second.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const stampFile = join(root, 'node_modules', '.setup-stamp');
const startedAt = Date.now();

requireNode(manifest.engines.node);
const installed = installDependencies(manifest.packageManager);
run('build', join(root, 'node_modules', '.bin', 'tsc'), ['-b']);
run('paywall page', process.execPath, [join(root, 'packages', 'server', 'scripts', 'build-page.mjs')]);
if (installed) say(`ready in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);

/** @param {string} range `>=major.minor.patch` */
function requireNode(range) {
  const wanted = range.replace('>=', '').split('.').map(Number);
  const found = process.versions.node.split('.').map(Number);
  const difference = wanted.map((part, index) => found[index] - part).find((part) => part !== 0) ?? 0;
  if (difference < 0)
    fail(`Node ${range} is needed; this is Node ${process.versions.node} (${process.execPath})`);
}

/** @param {string} packageManager `pnpm@version` */
function installDependencies(packageManager) {
  const stamp = dependencyStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return false;

  const [, version] = packageManager.split('@');
  say(`installing dependencies with pnpm ${version}`);
  const install = ['install', '--frozen-lockfile', '--prefer-offline'];
  if (pnpmOnPath() === version) run('pnpm install', 'pnpm', install);
  else run('pnpm install', 'npm', ['exec', '--yes', '--', packageManager, ...install]);
  writeFileSync(stampFile, stamp);
  return true;
}

/** A hash of all files that decide what is installed. File dates do not help: a checkout changes them. */
function dependencyStamp() {
  const hash = createHash('sha256').update(process.versions.modules);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', 'package.json', ...workspaceManifests()];
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function workspaceManifests() {
  const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const [, list = ''] = /^packages:\n((?: +- .*\n)+)/m.exec(workspace) ?? [];
  const directories = [...list.matchAll(/- (\S+)/g)].flatMap(([, pattern]) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(root, parent))
      .sort()
      .map((name) => join(parent, name));
  });
  return directories
    .map((directory) => join(directory, 'package.json'))
    .filter((file) => existsSync(join(root, file)));
}

function pnpmOnPath() {
  // Outside of the workspace, because inside a pnpm of another version would fetch the wanted version.
  const { stdout } = spawnSync('pnpm', ['--version'], { cwd: dirname(process.execPath), encoding: 'utf8' });
  return stdout?.trim();
}

/** @param {string} step @param {string} command @param {string[]} args */
function run(step, command, args) {
  // With CI set, pnpm asks no questions.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...nodeHeaders(), ...process.env, CI: process.env.CI ?? 'true' },
  });
  if (error !== undefined) fail(`${step}: ${error.message}`);
  if (status !== 0) fail(`${step} failed: ${command} ${args.join(' ')}`);
}

/** Where this Node's headers are, if they came with it: what is compiled then fetches none. */
function nodeHeaders() {
  const directory = dirname(dirname(process.execPath));
  return existsSync(join(directory, 'include', 'node', 'node.h')) ? { npm_config_nodedir: directory } : {};
}

/** @param {string} message */
function say(message) {
  process.stdout.write(`setup: ${message}\n`);
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(1);
}
