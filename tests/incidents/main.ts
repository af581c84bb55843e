import process from 'node:process';
import { parseArgs } from 'node:util';
import { exporterOrSkip } from '../support/exporters.js';
import { prometheusOrSkip } from '../support/prometheus.js';
import { INCIDENTS } from './kinds/index.js';
import { formatReport, PAGE, writeTable } from './report.js';
import { type IncidentReport, runIncident } from './run-incident.js';

const USAGE = `usage: npm run incident -- NAME [--short]

Brings a deployment up on this machine with a Prometheus that has the rules of deploy/prometheus, breaks it, waits for the alert,
follows docs/operations by its own commands, and says how long it took. It leaves nothing behind.

${INCIDENTS.map(({ name, what }) => `  ${name.padEnd(16)} ${what}`).join('\n')}
  ${'all'.padEnd(16)} one after the other; writes the table of ${PAGE}

  --short          a minute of the rules lasts a second

INCIDENT_LOGS=DIRECTORY keeps the logs of every process. Needs Prometheus and prometheus-redis-exporter on PATH. Exit code 1 when an alert does not fire, a command of a page fails, or payments
do not settle afterwards.`;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
});
const chosen = INCIDENTS.filter(({ name }) => positionals[0] === 'all' || positionals[0] === name);
const prometheus = (await prometheusOrSkip())?.prometheus;
const redisExporter = await exporterOrSkip('redis');

if (values.help === true || chosen.length === 0) {
  process.stdout.write(`${USAGE}\n`);
  if (values.help !== true) process.exitCode = 2;
} else if (prometheus === undefined || redisExporter === undefined) process.exitCode = 2;
else {
  const reports: IncidentReport[] = [];
  for (const incident of chosen)
    try {
      const report = await runIncident(incident, {
        programs: { prometheus, redisExporter },
        rules: values.short ? 'shortened' : 'real',
        announce: (line) => process.stderr.write(`${line}\n`),
      });
      reports.push(report);
      process.stdout.write(`${formatReport(report)}\n`);
    } catch (error) {
      process.stdout.write(`${incident.name}: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
    }
  if (positionals[0] === 'all' && reports.length === INCIDENTS.length) writeTable(reports, new Date());
}
