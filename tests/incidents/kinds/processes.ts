import { fileURLToPath } from 'node:url';
import type { Incident } from '../run-incident.js';
import { alerts, change } from './sections.js';

export const stuckValidator: Incident = {
  name: 'stuck-validator',
  what: 'the verifier of a replica hangs, and its process with it',
  alert: 'X402FacilitatorDown',
  page: alerts('A process is down'),
  prepare: async (site) => ({
    async bringAbout() {
      site.process('api').process.signal('SIGSTOP');
      return undefined;
    },
    async follow() {
      await site.operator.look(alerts('The API is down'));
      await site.operator.type(alerts('A process is down'));
    },
  }),
};

export const badDeploy: Incident = {
  name: 'bad-deploy',
  what: 'a release is rolled out that accepts any signature',
  alert: 'X402SelfCheckFails',
  page: alerts('A replica fails its self-check'),
  site: {
    otherRelease: { NODE_OPTIONS: `--import=${fileURLToPath(new URL('bad-release.mjs', import.meta.url))}` },
  },
  prepare: async ({ operator }) => ({
    async bringAbout() {
      // It ends by itself when a replica is not healthy in time, or by Ctrl+C.
      const upgrade = operator.type(change('Upgrade')).then(
        () => new Error('the upgrade went through'),
        () => undefined,
      );
      return async () => {
        const problem = await upgrade;
        if (problem !== undefined) throw problem;
      };
    },
    async follow() {
      operator.interrupt();
      await operator.look(alerts('A replica fails its self-check'));
      await operator.type(change('Rollback of a release'));
    },
  }),
};
