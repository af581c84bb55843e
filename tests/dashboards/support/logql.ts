import { parser } from '@grafana/lezer-logql';
import type { SyntaxNode } from '@lezer/common';

/** A line as Loki holds it: labels, and the text. */
export type LogEntry = {
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
};

export type LogQuery = {
  /** The stream selector: the values that labels must have. */
  readonly selects: (entry: LogEntry) => boolean;
  /** Whether the whole query keeps the entry: selector, line filters and label filters. */
  readonly keeps: (entry: LogEntry) => boolean;
  /** Labels and fields that it names, wherever: in filters, to unwrap or to group by. */
  readonly fields: readonly string[];
};

/** After a parser has run, fields count as labels. */
type Fields = Readonly<Record<string, string>>;
type Filter = (fields: Fields, line: string) => boolean;

/**
 * Reads a query by Grafana's own grammar of LogQL, and applies it to a line as Loki does: selectors, line filters, `|
 * json` and label filters. It refuses everything else, so that nothing is silently ignored.
 *
 * @throws Error for text that is not LogQL, or for another kind of stage.
 */
export function readLogql(query: string): LogQuery {
  const selectors: Filter[] = [];
  const stages: Filter[] = [];
  const fields = new Set<string>();
  const textOf = ({ from, to }: SyntaxNode) => query.slice(from, to);
  let parsesJson = false;

  parser.parse(query).iterate({
    enter: ({ node }) => {
      if (node.type.isError) throw new Error(`${query}: not LogQL at position ${node.from}`);
      if (node.name === 'Identifier') fields.add(textOf(node));
      if (node.name === 'Selector')
        selectors.push(...(node.getChild('Matchers') === null ? [] : matchersIn(node).map(matcherOf)));
      if (node.name === 'LineFilter') stages.push(lineFilterOf(node));
      if (node.name === 'PipelineStage' && !STAGES.some((stage) => node.getChild(stage) !== null))
        throw new Error(`${query}: a stage that this reader does not know: ${textOf(node)}`);
      if (node.name === 'LabelParser') {
        if (textOf(node) !== 'json') throw new Error(`${query}: this reader only knows | json`);
        parsesJson = true;
      }
      if (node.name === 'LabelFilter') stages.push(labelFilterOf(node));
      if (node.name === 'UnwrapExpr') {
        const field = textOf(childOf(node, 'Identifier'));
        stages.push((found) => Number.isFinite(Number(found[field] ?? Number.NaN)));
      }
    },
  });

  function childOf(node: SyntaxNode, name: string): SyntaxNode {
    const child = node.getChild(name);
    if (child === null) throw new Error(`${query}: expected ${name} in ${textOf(node)}`);
    return child;
  }

  function matchersIn(node: SyntaxNode): SyntaxNode[] {
    const found: SyntaxNode[] = [];
    node.cursor().iterate((it) => {
      if (it.name === 'Matcher' && it.from >= node.from && it.to <= node.to) found.push(it.node);
    });
    return found;
  }

  function matcherOf(node: SyntaxNode): Filter {
    const name = textOf(childOf(node, 'Identifier'));
    const value = unquote(textOf(childOf(node, 'String')));
    const test = comparison(node, value);
    return (found) => test(found[name] ?? '');
  }

  function comparison(node: SyntaxNode, value: string): (found: string) => boolean {
    const whole = () => new RegExp(`^(?:${value})$`);
    if (node.getChild('Eq') !== null) return (found) => found === value;
    if (node.getChild('Neq') !== null) return (found) => found !== value;
    if (node.getChild('Re') !== null) return (found) => whole().test(found);
    if (node.getChild('Nre') !== null) return (found) => !whole().test(found);
    throw new Error(`${query}: a comparison that this reader does not know: ${textOf(node)}`);
  }

  function lineFilterOf(node: SyntaxNode): Filter {
    const filter = childOf(node, 'Filter');
    const value = unquote(textOf(childOf(node, 'String')));
    const operator = textOf(filter);
    if (operator === '|=') return (_fields, line) => line.includes(value);
    if (operator === '!=') return (_fields, line) => !line.includes(value);
    if (operator === '|~') return (_fields, line) => new RegExp(value).test(line);
    if (operator === '!~') return (_fields, line) => !new RegExp(value).test(line);
    throw new Error(`${query}: a line filter that this reader does not know: ${operator}`);
  }

  function labelFilterOf(node: SyntaxNode): Filter {
    const matcher = node.getChild('Matcher');
    if (matcher !== null) return matcherOf(matcher);
    const [, name = '', operator = '', number = ''] =
      /^(\w+)\s*(>=|<=|==|=|!=|>|<)\s*([\d.]+)$/.exec(textOf(node)) ?? [];
    const limit = Number(number);
    const compare = NUMERIC[operator];
    if (compare === undefined || number === '')
      throw new Error(`${query}: a label filter that this reader does not know: ${textOf(node)}`);
    return (found) => found[name] !== undefined && compare(Number(found[name]), limit);
  }

  const selects = ({ labels, line }: LogEntry) => selectors.every((matches) => matches(labels, line));
  return {
    fields: [...fields],
    selects,
    keeps(entry) {
      if (!selects(entry)) return false;
      const found = parsesJson ? { ...jsonFields(entry.line), ...entry.labels } : entry.labels;
      return stages.every((keeps) => keeps(found, entry.line));
    },
  };
}

const STAGES = ['LineFilters', 'LabelParser', 'LabelFilter'];

const NUMERIC: Readonly<Record<string, (found: number, limit: number) => boolean>> = {
  '>': (found, limit) => found > limit,
  '>=': (found, limit) => found >= limit,
  '<': (found, limit) => found < limit,
  '<=': (found, limit) => found <= limit,
  '=': (found, limit) => found === limit,
  '==': (found, limit) => found === limit,
  '!=': (found, limit) => found !== limit,
};

/** The fields that `| json` extracts from a line: every leaf, `metadata.to` as `metadata_to`, but no lists. */
export function jsonFields(line: string): Fields {
  const fields: Record<string, string> = {};
  const visit = (value: unknown, path: readonly string[]): void => {
    if (Array.isArray(value) || value === null) return;
    if (typeof value === 'object')
      for (const [key, child] of Object.entries(value)) visit(child, [...path, key]);
    else fields[path.join('_').replace(/\W/g, '_')] = String(value);
  };
  visit(JSON.parse(line), []);
  return fields;
}

const unquote = (text: string): string =>
  text.startsWith('`') ? text.slice(1, -1) : (JSON.parse(text) as string);
