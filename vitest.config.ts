import { defineConfig } from 'vitest/config';

// Their files change nothing global, so one process takes many of them and loads the sources once: a third of the time.
const LEAVE_NOTHING_BEHIND = ['packages/{cardano,chain,journal,shared}/test/**/*.test.ts'];

export default defineConfig({
  // Next's package has no exports, so Node wants the name of its file; its own bundler does not.
  resolve: { conditions: ['source'], alias: { 'next/server': 'next/server.js' } },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    server: { deps: { inline: ['@x402/next'] } },
    pool: 'forks',
    // Half of the long tests wait for processes, blocks and locks, so a third worker on two cores does not slow the others.
    maxWorkers: 3,
    // Long enough for a machine four times as slow as usual: a limit ends only what would never end.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 25 } },
    projects: [
      {
        extends: true,
        test: { name: 'one process for many', include: LEAVE_NOTHING_BEHIND, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'a process for each',
          include: [
            '{packages,apps,examples}/*/test/**/*.test.ts',
            '{bench,tools}/test/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: [...LEAVE_NOTHING_BEHIND, '**/node_modules/**'],
        },
      },
    ],
  },
});
