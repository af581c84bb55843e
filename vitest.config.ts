import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Next's package has no exports, so Node wants the name of its file; its own bundler does not.
  resolve: { conditions: ['source'], alias: { 'next/server': 'next/server.js' } },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'tools/test/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    server: { deps: { inline: ['@x402/next'] } },
    pool: 'forks',
    // Half of the long tests wait for processes, blocks and locks, so a third worker on two cores does not slow the others.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Long enough for a slow machine: a poll must fail only when its condition never comes.
    expect: { poll: { timeout: 15_000, interval: 25 } },
  },
});
