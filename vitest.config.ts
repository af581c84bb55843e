import { defineConfig } from 'vitest/config';

/** Files that change what is global. */
const LEAVE_SOMETHING_BEHIND = ['packages/client/test/**/*.test.ts'];

export default defineConfig({
  // Next's package has no exports, so Node wants the name of its file; its own bundler does not.
  resolve: { conditions: ['source'], alias: { 'next/server': 'next/server.js' } },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    server: { deps: { inline: ['@x402/next'] } },
    pool: 'forks',
    // Half of the long tests wait for processes, blocks and locks, so a third worker on two cores does not slow the others.
    maxWorkers: 3,
    // Long enough for a machine five times as slow as usual: a limit ends only what would never end.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 240_000, interval: 25 } },
    projects: [
      {
        extends: true,
        test: {
          // Loading the sources takes longer than most files do.
          name: 'one process for many',
          isolate: false,
          include: [
            '{packages,apps,examples}/*/test/**/*.test.ts',
            '{bench,tools}/test/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: [...LEAVE_SOMETHING_BEHIND, '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: { name: 'a process for each', include: LEAVE_SOMETHING_BEHIND },
      },
    ],
  },
});
