import { readYaml } from '../../deploy/support/files.js';
import type { LogEntry } from './logql.js';

type Stage = {
  readonly docker?: object;
  readonly json?: { readonly expressions: Readonly<Record<string, string>> };
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly timestamp?: { readonly source: string; readonly format: string };
};

/** A line as Docker's json-file driver writes what a container printed. */
export function dockerLine(line: string): string {
  return JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: new Date().toISOString() });
}

/**
 * Applies deploy/loki/promtail.yml to a line of Docker's log files, stage by stage.
 *
 * @throws Error for a stage that this does not know, and for a time that Promtail could not read.
 */
export function createPromtail(): (dockerLine: string) => LogEntry {
  const { scrape_configs } = readYaml<{ scrape_configs: { pipeline_stages: Stage[] }[] }>(
    'deploy/loki/promtail.yml',
  );
  const stages = scrape_configs.flatMap(({ pipeline_stages }) => pipeline_stages);
  return (text) => {
    let line = text;
    const extracted: Record<string, unknown> = {};
    const labels: Record<string, string> = {};
    for (const stage of stages) {
      if (stage.docker !== undefined) line = (JSON.parse(line) as { log: string }).log.trimEnd();
      else if (stage.json !== undefined) {
        const found = JSON.parse(line) as Record<string, unknown>;
        for (const [name, path] of Object.entries(stage.json.expressions)) extracted[name] = found[path];
      } else if (stage.labels !== undefined) {
        for (const [name, source] of Object.entries(stage.labels)) {
          const value = extracted[source ?? name];
          if (value !== undefined) labels[name] = String(value);
        }
      } else if (stage.timestamp !== undefined) {
        const value = String(extracted[stage.timestamp.source]);
        if (stage.timestamp.format !== 'RFC3339' || !RFC3339.test(value))
          throw new Error(`${value} is not a time in ${stage.timestamp.format}`);
      } else throw new Error(`a stage that this does not know: ${Object.keys(stage).join()}`);
    }
    return { labels, line };
  };
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
