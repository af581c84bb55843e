#!/usr/bin/env node
// Stands in for `docker` where no engine runs. It reads docker-compose.yml as Compose does, refuses what Compose would refuse (an
// unknown command, option, service, profile or image), and runs in "containers" what can run here: `ops`, redis-cli, the scripts
// of a backup, and Node's one-liners, each with the environment that the file gives and with the names of compose's network.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/**
 * @typedef {object} Engine what the test gives: where the processes are that stand for containers
 * @property {string} root the repository
 * @property {string} api URL of the API
 * @property {string} worker URL of a worker
 * @property {number} redisPort of `redis-prod`
 * @property {string} password of `redis-prod`
 * @property {string} logs where the processes write
 * @property {string} state where this program keeps volumes, images and what it was asked for
 * @property {Record<string, string>} settings of both tiers, for a container whose config.json would hold them
 * @property {string} [control] URL that starts and stops the processes that stand for containers; without it they run on
 */
/** @type {Engine} */
const engine = JSON.parse(readFileSync(process.env.DOCKER_STANDIN ?? '', 'utf8'));
const stateFile = join(engine.state, 'engine.json');
/** @type {{ images: string[], stopped: string[] }} */
const state = existsSync(stateFile)
  ? JSON.parse(readFileSync(stateFile, 'utf8'))
  : { images: [], stopped: [] };

const save = () => writeFileSync(stateFile, JSON.stringify(state));

/** @param {string} message @returns {never} */
function refuse(message) {
  process.stderr.write(`docker: ${message}\n`);
  process.exit(125);
}

/** Values as in the shell, else as in `.env`. */
const dotEnv = Object.fromEntries(
  (existsSync('.env') ? readFileSync('.env', 'utf8') : '')
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const file = parse(
  readFileSync('docker-compose.yml', 'utf8').replace(
    /(?<!\$)\$\{(\w+)(?::([-+])([^}]*))?\}/g,
    (_all, name, operator, other = '') => {
      const value = process.env[name] ?? dotEnv[name] ?? '';
      if (operator === '+') return value === '' ? '' : other;
      return value === '' ? other : value;
    },
  ),
  { merge: true },
);

/**
 * Reads options in front of other words. @param {string[]} words @param {string[]} flags @param {string[]} valued
 * @returns {{ given: Map<string, string[]>, rest: string[] }}
 */
function readOptions(words, flags, valued, { everywhere = false } = {}) {
  const given = new Map();
  const rest = [];
  const left = [...words];
  while (left.length > 0) {
    const word = left.shift() ?? '';
    const [name = '', inline] = word.startsWith('--') ? word.split(/=(.*)/s) : [word];
    if (!word.startsWith('-') || word === '-') {
      if (!everywhere) return { given, rest: [word, ...left] };
      rest.push(word);
    } else if (flags.includes(name) && inline === undefined)
      given.set(name, [...(given.get(name) ?? []), '']);
    else if (valued.includes(name))
      given.set(name, [
        ...(given.get(name) ?? []),
        inline ?? left.shift() ?? refuse(`${name} needs a value`),
      ]);
    else refuse(`unknown option ${word}`);
  }
  return { given, rest };
}

/** @param {'up' | 'stop' | 'start' | 'restart'} command @param {string[]} names */
function control(command, names, { wait = false } = {}) {
  if (engine.control === undefined) return;
  const containers = names.map((name) => ({ name, image: serviceOf(name).image }));
  const asked = JSON.stringify({ command, containers, wait });
  const { status, stdout, stderr } = spawnSync(
    'curl',
    ['--silent', '--show-error', '--fail-with-body', '--data-binary', asked, engine.control],
    { encoding: 'utf8' },
  );
  if (status !== 0) refuse(`${stdout}${stderr}`);
}

/** @param {string} name */
const serviceOf = (name) => file.services[name] ?? refuse(`no such service: ${name}`);
const volumeOf = (/** @type {string} */ name) => {
  if (!(name in file.volumes)) refuse(`undefined volume ${name}`);
  const path = join(engine.state, 'volumes', name);
  mkdirSync(path, { recursive: true });
  return path;
};

function compose(/** @type {string[]} */ words) {
  const { given, rest } = readOptions(words, [], ['--profile', '-f', '--project-directory']);
  const profiles = given.get('--profile') ?? [];
  const known = new Set(Object.values(file.services).flatMap((service) => service.profiles ?? []));
  for (const profile of profiles) if (!known.has(profile)) refuse(`no such profile: ${profile}`);
  const isOn = (/** @type {string} */ name) =>
    (serviceOf(name).profiles ?? []).length === 0 ||
    serviceOf(name).profiles.some((/** @type {string} */ its) => profiles.includes(its));
  const all = Object.keys(file.services).filter(isOn);
  const [command = '', ...own] = rest;
  /** Naming a service turns its profile on. @param {string[]} names */
  const chosen = (names) => {
    for (const name of names) serviceOf(name);
    return names.length === 0 ? all : names;
  };
  const say = (/** @type {string} */ name, /** @type {string} */ what) =>
    process.stderr.write(
      ` Container ${serviceOf(name).container_name ?? `${file.name}-${name}-1`}  ${what}\n`,
    );
  switch (command) {
    case 'up': {
      const options = readOptions(
        own,
        ['-d', '--no-deps', '--no-build', '--no-recreate', '--wait', '--build'],
        ['--scale'],
        { everywhere: true },
      );
      if (!options.given.has('-d') && !options.given.has('--wait')) refuse('up without -d never ends');
      for (const scale of options.given.get('--scale') ?? []) {
        const [name = '', count = ''] = scale.split('=');
        if (serviceOf(name).container_name !== undefined || !/^\d+$/.test(count))
          refuse(`cannot scale ${scale}`);
      }
      const names = chosen(options.rest);
      for (const name of names) {
        const { image, build, environment = {} } = serviceOf(name);
        if (build !== undefined && !state.images.includes(image)) {
          if (options.given.has('--no-build')) refuse(`no such image: ${image}`);
          state.images.unshift(image);
        }
        for (const setting of ['REDIS_PASSWORD', 'GF_SECURITY_ADMIN_PASSWORD'])
          if (environment[setting] === '') refuse(`${name}: ${setting} is not set, so it ends at once`);
        state.stopped = state.stopped.filter((it) => it !== name);
        say(name, 'Started');
      }
      save();
      return control('up', names, { wait: options.given.has('--wait') });
    }
    case 'stop':
    case 'start':
    case 'restart': {
      const names = chosen(readOptions(own, [], ['-t'], { everywhere: true }).rest);
      for (const name of names) {
        state.stopped = state.stopped.filter((it) => it !== name);
        if (command === 'stop') state.stopped.push(name);
        say(name, command === 'stop' ? 'Stopped' : 'Started');
      }
      save();
      return control(command, names);
    }
    case 'build':
      for (const name of readOptions(own, ['--pull', '--no-cache'], ['--build-arg'], { everywhere: true })
        .rest) {
        const { image, build } = serviceOf(name);
        if (build === undefined) refuse(`${name} has no build`);
        state.images = [image, ...state.images.filter((it) => it !== image)];
        process.stdout.write(` ${name}  Built\n`);
      }
      return;
    case 'ps': {
      process.stdout.write('NAME  IMAGE  SERVICE  STATUS\n');
      for (const name of chosen(
        readOptions(own, ['--all', '-a', '-q'], ['--format'], { everywhere: true }).rest,
      ))
        process.stdout.write(
          `${file.name}-${name}-1  ${serviceOf(name).image}  ${name}  ${state.stopped.includes(name) ? 'Exited (0)' : 'Up 2 minutes (healthy)'}\n`,
        );
      return;
    }
    case 'logs': {
      const options = readOptions(own, ['--no-log-prefix', '-f', '--follow'], ['--tail', '-n', '--since'], {
        everywhere: true,
      });
      if (options.given.has('-f') || options.given.has('--follow')) refuse('it never ends');
      for (const name of chosen(options.rest)) {
        const log = join(engine.logs, `${name}-1.log`);
        const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
        for (const line of lines.slice(-Number(options.given.get('--tail')?.[0] ?? lines.length)))
          process.stdout.write(`${options.given.has('--no-log-prefix') ? '' : `${name}-1  | `}${line}\n`);
      }
      return;
    }
    case 'exec': {
      const {
        rest: [name = '', ...program],
      } = readOptions(own, ['-T', '-it', '-i', '-t'], ['--index', '-e']);
      if (!isOn(name)) refuse(`${name} is in no profile that is on`);
      if (state.stopped.includes(name)) refuse(`service "${name}" is not running`);
      return inContainer(name, program);
    }
    case 'run': {
      const options = readOptions(own, ['--rm', '--no-deps', '-T'], ['--entrypoint', '-e', '--name']);
      if (!options.given.has('--rm')) refuse('a container would stay');
      const [name = '', ...program] = options.rest;
      const { entrypoint = [], command = [] } = serviceOf(name);
      const start = options.given.get('--entrypoint') ?? entrypoint;
      return inContainer(name, [
        ...start,
        ...(program.length === 0 && !options.given.has('--entrypoint') ? command : program),
      ]);
    }
    default:
      refuse(`compose has no command ${command}, or this does not know it`);
  }
}

/** @param {string} name @param {string[]} program */
function inContainer(name, [command = '', ...args]) {
  const service = serviceOf(name);
  const volumes = (service.volumes ?? []).map((/** @type {any} */ volume) =>
    typeof volume === 'string' ? volume.split(':') : [volume.source, volume.target],
  );
  const mounts = volumes.map((/** @type {string[]} */ [source = '', target = '']) => [
    target,
    source.startsWith('.') || source.startsWith('/') ? join(process.cwd(), source) : volumeOf(source),
  ]);
  /** A path in the container as a path here. @param {string} text */
  const outside = (text) => {
    let found = text;
    for (const [target, source] of mounts)
      found = found.replaceAll(new RegExp(`(?<![\\w.])${target}(?![\\w.-])`, 'g'), source);
    return found
      .replaceAll(/http:\/\/127\.0\.0\.1:(3000|9465)/g, engine.api)
      .replaceAll('http://127.0.0.1:9464', engine.worker);
  };
  const bin = join(dirname(fileURLToPath(import.meta.url)), 'bin');
  const port = state.stopped.includes('redis-prod') ? '1' : String(engine.redisPort);
  const environment = Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([key, value]) => [key, outside(String(value ?? ''))]),
  );
  const isTier = service.build !== undefined;
  const env = {
    // redis-cli of the container speaks to its own Redis, or to the one that compose's network calls redis-prod.
    PATH: `${bin}:${process.env.PATH}`,
    STANDIN_REDIS_PORT: port,
    HOME: engine.state,
    ...(isTier ? engine.settings : {}),
    DATA_DIR: outside('/data'),
    ...environment,
    ...(name === 'redis-prod' ? { REDIS_PASSWORD: engine.password } : {}),
    ...(environment.REDIS_HOST === 'redis-prod' ? { REDIS_HOST: '127.0.0.1', REDIS_PORT: port } : {}),
    ...(name === 'restore' ? { BACKUP_DIR: outside('/backup') } : {}),
    ...(isTier
      ? {
          NODE_OPTIONS: `--import=${join(dirname(fileURLToPath(import.meta.url)), 'compose-network.mjs')}`,
          X402_CONFIG: '',
        }
      : {}),
  };
  if (isTier && env.X402_CONFIG === '') delete env.X402_CONFIG;
  const here =
    command === 'node' && args[0]?.startsWith('dist/')
      ? [join(engine.root, 'apps', name, args[0]), ...args.slice(1)]
      : args;
  const { status, error } = spawnSync(command, here.map(outside), {
    stdio: 'inherit',
    env,
    cwd: engine.root,
  });
  if (error !== undefined) refuse(error.message);
  process.exitCode = status ?? 1;
}

function main() {
  const [command = '', ...rest] = process.argv.slice(2);
  appendFileSync(join(engine.state, 'asked'), `${process.argv.slice(2).join(' ')}\n`);
  switch (command) {
    case 'compose':
      return compose(rest);
    case 'image': {
      const [sub = '', ...words] = rest;
      if (sub === 'prune') return void process.stdout.write('Total reclaimed space: 0B\n');
      if (sub !== 'ls') refuse(`image ${sub}`);
      const options = readOptions(words, [], ['--format'], { everywhere: true });
      const found = state.images.filter(
        (image) => options.rest.length === 0 || image.startsWith(`${options.rest[0]}:`),
      );
      const tags = found.map((image) => image.slice(image.indexOf(':') + 1));
      if (options.given.get('--format')?.[0] === '{{.Tag}}')
        process.stdout.write(tags.map((tag) => `${tag}\n`).join(''));
      else
        process.stdout.write(
          `REPOSITORY  TAG\n${tags.map((tag) => `${options.rest[0]}  ${tag}\n`).join('')}`,
        );
      return;
    }
    case 'build': {
      const options = readOptions(
        rest,
        ['--pull', '--no-cache'],
        ['--target', '--tag', '-t', '--build-arg'],
        { everywhere: true },
      );
      const [target = ''] = options.given.get('--target') ?? [];
      if (!readFileSync('Dockerfile', 'utf8').includes(` AS ${target}\n`)) refuse(`no target ${target}`);
      state.images.unshift(...(options.given.get('--tag') ?? []));
      return void process.stdout.write(`built ${options.given.get('--tag')}\n`);
    }
    case 'push':
      if (!state.images.includes(rest[0] ?? '')) refuse(`no such image: ${rest[0]}`);
      return void process.stdout.write(`pushed ${rest[0]}\n`);
    case 'system':
      if (rest[0] !== 'df') refuse(`system ${rest[0]}`);
      return void process.stdout.write('TYPE  TOTAL  ACTIVE  SIZE  RECLAIMABLE\n');
    case 'stats':
    case 'logs':
    case 'exec': {
      const options = readOptions(rest, ['--no-stream', '-i', '-it', '-t'], ['--tail', '--since']);
      const [container = '', ...program] = options.rest;
      const [name] =
        Object.entries(file.services).find(([, service]) => service.container_name === container) ??
        refuse(`no such container: ${container}`);
      if (command === 'exec') return inContainer(name, program);
      if (command === 'stats' && !options.given.has('--no-stream')) refuse('it never ends');
      return void process.stdout.write(command === 'stats' ? `NAME  CPU %  MEM USAGE\n${container}\n` : '');
    }
    default:
      refuse(`no command ${command}, or this does not know it`);
  }
}

main();
save();
