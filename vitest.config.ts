import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
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
    pool: 'forks',
    // Half of the long tests wait for processes, blocks and locks: a third worker uses what two leave idle on two cores.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A poll waits for a condition, however slow the machine: only a condition that never comes should fail.
    expect: { poll: { timeout: 15_000, interval: 25 } },
  },
});
