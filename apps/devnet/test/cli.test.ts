import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOM = fileURLToPath(new URL('..', import.meta.url));

function devnetProcess(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=source', '--import=tsx', 'src/main.ts', ...args], {
    cwd: ROOM,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output');
  const [line] = await once(createInterface(child.stdout), 'line');
  return line;
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

describe('the command line', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`prints where it listens in one JSON line, and ends with code 0 on ${signal}`, async () => {
      const child = devnetProcess(
        '--port',
        '0',
        '--block-ms',
        '100',
        '--network',
        'preprod',
        '--fronts',
        '2',
      );
      const line = JSON.parse(await firstLine(child));
      expect(line).toMatchObject({
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v0$/),
        koiosUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/),
        controlUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/devnet$/),
        network: 'preprod',
        fronts: [{ url: line.url }, { url: expect.any(String) }],
      });
      for (const { url } of line.fronts) {
        const genesis = await fetch(`${url}/genesis`);
        expect(await genesis.json()).toMatchObject({ network_magic: 1 });
      }
      const exited = once(child, 'exit');
      child.kill(signal);
      expect(await exited).toEqual([0, null]);
    });
  }

  const mistakes: readonly (readonly [args: readonly string[], message: string])[] = [
    [['--port', 'x'], "--port: expected a whole number from 0 to 65535, found 'x'"],
    [['--network', 'sancho'], "--network: expected preview, preprod, mainnet, found 'sancho'"],
    [['--judge', 'hasty'], "--judge: expected second, own, found 'hasty'"],
    [['--stonks'], "Unknown option '--stonks'"],
  ];
  for (const [args, message] of mistakes) {
    it(`ends with code 1 and one clear line on ${args.join(' ')}`, async () => {
      const child = devnetProcess(...args);
      const [stderr, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
      expect(code).toBe(1);
      expect(stderr.trim()).toContain(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    });
  }
});
