import { parser } from '@prometheus-io/lezer-promql';

/** The series that an expression asks for. */
export type PromqlNames = {
  readonly metrics: readonly string[];
  /** Of selectors, groupings and matchings. */
  readonly labels: readonly string[];
};

/**
 * Reads an expression by Prometheus's own grammar. Grafana's intervals (`$__rate_interval`) have to be put in before.
 *
 * @throws Error when it is no PromQL.
 */
export function readPromql(expr: string): PromqlNames {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(expr).iterate({
    enter: (node) => {
      const text = expr.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`${expr}: not PromQL at position ${node.from}`);
      if (node.name === 'Identifier') metrics.add(text);
      if (node.name === 'LabelName') labels.add(text);
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}
