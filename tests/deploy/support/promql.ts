import { parser } from '@prometheus-io/lezer-promql';

/** A series that an expression asks for, and the labels that it uses. */
export type Selector = { readonly metric: string; readonly labels: readonly string[] };

/**
 * Reads an expression by Prometheus's own grammar. Grafana's intervals (`$__rate_interval`) must be inserted first.
 *
 * @throws Error when it is not PromQL.
 */
export function selectorsOf(expr: string): readonly Selector[] {
  const selectors: { metric: string; labels: string[] }[] = [];
  parser.parse(expr).iterate({
    enter: ({ node, name, type, from, to }) => {
      if (type.isError) throw new Error(`${expr}: not PromQL at position ${from}`);
      const text = expr.slice(from, to);
      if (name === 'Identifier') selectors.push({ metric: text, labels: [] });
      if (name === 'LabelName' && node.parent?.name.endsWith('LabelMatcher'))
        selectors.at(-1)?.labels.push(text);
    },
  });
  return selectors;
}
