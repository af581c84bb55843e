import { describe, expect, it } from 'vitest';
import { readCommands } from '../src/settle/redis-proxy.js';

const resp = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

describe('readCommands', () => {
  it('finds every command of a pipeline, in order and in lower case', () => {
    expect(readCommands(resp('HGET', 'key', 'field') + resp('info') + resp('EVALSHA', 'ab12', '0'))).toEqual({
      commands: ['hget', 'info', 'evalsha'],
    });
  });

  it('learns the name that a connection gives itself', () => {
    expect(readCommands(resp('client', 'SETNAME', 'x402-worker') + resp('info'))).toEqual({
      commands: ['client', 'info'],
      clientName: 'x402-worker',
    });
  });

  it('finds none in the middle of a long argument', () => {
    expect(readCommands('84a400d9\r\n$3\r\nabc\r\n')).toEqual({ commands: [] });
  });
});
