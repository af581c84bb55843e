import type { PackageStructure, Structure } from './find-structure.js';

/** The whole structure as text. */
export function printStructure({ packages, unused, circles }: Structure): string {
  const main = packages.filter(({ directory }) => /^(?:packages|apps)\//.test(directory));
  const top = Math.max(0, ...main.map(({ level }) => level));
  // An app that needs little stands beside the line, not on the level of the packages that it does not touch.
  const isBeside = ({ directory, level }: PackageStructure) => directory.startsWith('apps/') && level < top;
  const levels = Array.from({ length: top }, (_, index) => index + 1).map((level) =>
    section(
      `Level ${level}`,
      main.filter((each) => each.level === level && !isBeside(each)),
    ),
  );
  const beside = packages.filter((each) => isBeside(each) || !main.includes(each));
  const list = (heading: string, lines: readonly string[]) =>
    `${heading}: ${lines.length}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return [
    ...levels,
    section('Beside', beside),
    list(
      'Exports that no other package uses',
      unused.map(({ door, name }) => `${door}: ${name}`),
    ),
    list(
      'Circles',
      circles.map(({ within, members, steps }) =>
        [`${within}: ${members.join(', ')}`, ...steps].join('\n    '),
      ),
    ),
  ].join('\n');
}

function section(heading: string, packages: readonly PackageStructure[]): string {
  return `${heading}\n${packages.map(describe).join('')}`;
}

function describe({ directory, imports, rooms }: PackageStructure): string {
  const size = (name: string, files: number, lines: number) =>
    `${name.padEnd(28)}${String(files).padStart(4)} ${files === 1 ? 'file ' : 'files'} ${String(lines).padStart(6)} lines`;
  const sum = (of: 'files' | 'lines') => rooms.reduce((total, room) => total + room[of], 0);
  const needs = imports.length === 0 ? '' : `  <- ${imports.join(', ')}`;
  return [
    `  ${size(directory, sum('files'), sum('lines'))}${needs}\n`,
    ...rooms.map(({ name, files, lines }) => `    ${size(name, files, lines)}\n`),
  ].join('');
}
