import { describe, expect, it } from 'vitest';
import { alertRules } from './alerts/support/rule-files.js';
import { readText } from './deploy/support/files.js';
import { leadsSomewhere } from './deploy/support/runbook.js';
import { INCIDENTS } from './incidents/kinds/index.js';
import { anchorOf, formatReport, PAGE } from './incidents/report.js';
import { runIncident } from './incidents/run-incident.js';
import { exporterOrSkip } from './support/exporters.js';
import { prometheusOrSkip } from './support/prometheus.js';

const prometheus = (await prometheusOrSkip())?.prometheus;
const redisExporter = await exporterOrSkip('redis');
const programs =
  prometheus === undefined || redisExporter === undefined ? undefined : { prometheus, redisExporter };

/** Each another tier, another page, and another way to repair. `npm run incident -- all` reports the others. */
const SHORT = ['provider-outage', 'redis-full', 'deep-rollback'];

describe.skipIf(programs === undefined)(
  'an incident is told by its alert, and its pages repair it (skipped without Prometheus and its exporter for Redis)',
  () => {
    it.each(INCIDENTS.filter(({ name }) => SHORT.includes(name)))('$name: $what', async (incident) => {
      if (programs === undefined) return;
      const story: string[] = [];
      const report = await runIncident(incident, {
        programs,
        rules: 'shortened',
        announce: (line) => story.push(line),
      }).catch((error: unknown) => {
        throw new Error(story.join('\n'), { cause: error });
      });
      process.stderr.write(`${formatReport(report)}\n`);
      expect(report.fired, story.join('\n')).toContain(incident.alert);
    });
  },
);

it('each incident begins on the page that its alert links to', () => {
  for (const { name, alert, page } of INCIDENTS) {
    const link = alertRules().get(alert)?.annotations?.runbook_url ?? '';
    expect(link.split('/').at(-1), name).toBe(`${page.page}#${anchorOf(page)}`);
    expect(leadsSomewhere(`docs/operations/${page.page}#${anchorOf(page)}`), name).toBe(true);
  }
});

it('the table has them all, with the alert that told', () => {
  const text = readText(PAGE);
  for (const { name, alert } of INCIDENTS)
    expect(text).toMatch(new RegExp(`^\\| \`${name}\` \\| \\[\`${alert}\`\\]`, 'm'));
});
