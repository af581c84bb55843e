import { type ChildProcess, spawn } from 'node:child_process';
import { readText } from '../deploy/support/files.js';
import { commandBlocks, commandsOf } from '../deploy/support/runbook.js';

/** A place on an operator's page. */
export type Section = {
  /** In docs/operations. */
  readonly page: string;
  readonly heading: string;
};

/** An operator with the pages of docs/operations and nothing else, on a machine with Docker. */
export type Operator = {
  /** Types the command blocks of a section, or one of them. What only looks may fail: things are broken. */
  look(section: Section, block?: number): Promise<string>;
  /** The same, and every command has to succeed. */
  type(section: Section, block?: number): Promise<string>;
  /** Types a command that the text of a section has between backticks, with its placeholders filled in. */
  say(section: Section, command: string, values?: Readonly<Record<string, string>>): Promise<string>;
  /** Ctrl+C: what still runs is ended. */
  interrupt(): void;
};

export function createOperator(options: {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly announce: (line: string) => void;
}): Operator {
  const { announce } = options;
  const running = new Set<ChildProcess>();

  const run = async (command: string, mayFail: boolean): Promise<string> => {
    announce(`    $ ${command.replaceAll('\n', '\n      ')}`);
    const { code, out } = await new Promise<{ code: number | null; out: string }>((resolve, reject) => {
      const child = spawn(
        'bash',
        ['-euo', 'pipefail', '-c', `. deploy/operate/compose.sh\nexec 2>&1\n${command}`],
        // A bash whose input is a socket believes that it is a remote shell.
        { cwd: options.directory, env: options.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
      );
      running.add(child);
      let out = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          out += text;
        });
      child.on('error', reject);
      child.on('close', (code) => {
        running.delete(child);
        resolve({ code, out });
      });
    });
    for (const line of out.trimEnd().split('\n').slice(-4)) announce(`      ${line.slice(0, 160)}`);
    if (code !== 0 && !mayFail) throw new Error(`${command} ended with ${code}:\n${out}`);
    return out;
  };

  const follow = async (section: Section, block: number | undefined, mayFail: boolean) => {
    const all = blocksOf(section);
    const chosen = block === undefined ? all : all.slice(block, block + 1);
    if (chosen.length === 0) throw new Error(`${nameOf(section)} has no such commands`);
    announce(`  ${nameOf(section)}`);
    let said = '';
    for (const text of chosen) for (const command of commandsOf(text)) said += await run(command, mayFail);
    return said;
  };

  return {
    look: (section, block) => follow(section, block, true),
    type: (section, block) => follow(section, block, false),
    async say(section, command, values = {}) {
      if (!textOf(section).includes(`\`${command}\``))
        throw new Error(`${nameOf(section)} does not say ${command}`);
      announce(`  ${nameOf(section)}`);
      return run(
        command.replaceAll(/\b[A-Z]{2,}\b/g, (word) => values[word] ?? word),
        false,
      );
    },
    interrupt() {
      for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGTERM');
    },
  };
}

const pathOf = ({ page }: Section) => `docs/operations/${page}`;
const nameOf = (section: Section) => `${pathOf(section)}, ${section.heading}`;

/** The blocks that an operator of Compose types. */
function blocksOf(section: Section): readonly string[] {
  return commandBlocks(pathOf(section))
    .filter(
      ({ heading, needs }) => heading === section.heading && (needs === 'nothing' || needs === 'Docker'),
    )
    .map(({ text }) => text);
}

/** The text between a heading and the next one. */
function textOf(section: Section): string {
  const prose = readText(pathOf(section)).replace(/^```[\s\S]*?^```$/gm, '');
  const [, text] = prose.split(new RegExp(`^#+ ${section.heading}$`, 'm'));
  if (text === undefined) throw new Error(`${nameOf(section)} is not there`);
  return text.split(/^#+ /m)[0] ?? '';
}
