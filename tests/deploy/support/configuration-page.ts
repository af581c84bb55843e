import { CONFIG_KEYS, configSchema } from '@x402-facilitator/shared/testing';
import { z } from 'zod';

/** The part of a JSON Schema that the page shows. */
type Node = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly description?: string;
  readonly default?: unknown;
  readonly secret?: boolean;
};

const INTRODUCTION = `# Configuration

Written from the schema in \`packages/shared/src/config/schema/\` by \`tests/deploy/configuration-page.test.ts\`: change a
setting there, then run \`npm test -- tests/deploy/configuration-page.test.ts -u\`.

Both tiers read \`config/config.json\`, or the file that \`X402_CONFIG\` names, and the environment overrides it. Text is taken
as it is, everything else is JSON (\`true\`, \`50\`, \`["a"]\`). An empty variable counts as unset. Every name also exists
with \`_FILE\` behind it, for a file that holds the value: that is how secrets are mounted. Unknown keys and unknown
\`X402_\` names are refused, and a tier that cannot use its configuration ends with exit code 1 and one line per mistake:

\`\`\`text
ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required
\`\`\`

\`ops config check\` prints the effective configuration with secrets masked.
[config.example.json](../config/config.example.json) holds every key.

Two settings are not keys: \`MAINNET=true\` in the environment, which Mainnet needs, and \`X402_CONFIG\`.

A lock (🔒) marks a secret. It is masked when printed and never quoted in a message.
`;

/** The whole page, as Markdown. */
export function configurationPage(): string {
  const root = z.toJSONSchema(configSchema, { io: 'input' }) as Node;
  const sections = Object.entries(root.properties ?? {}).map(([name, node]) => sectionOf(name, node));
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

function sectionOf(name: string, node: Node): string {
  const keys = CONFIG_KEYS.filter(({ path }) => path[0] === name);
  const rows = keys
    .filter(({ isGroup }) => !isGroup)
    .flatMap(({ path, envName }) => {
      const found = nodeAt(node, path.slice(1));
      return [row(path.join('.'), envName, found), ...rowsInside(path.join('.'), found)];
    });
  return ['', `## ${name}`, '', '| key | environment | default | meaning |', '|---|---|---|---|', ...rows, '']
    .join('\n')
    .trimStart();
}

/** Keys inside the elements of a list have no name in the environment: a list is set as a whole. */
function rowsInside(path: string, { items, properties }: Node): string[] {
  if (items !== undefined)
    return alternativesOf(items).flatMap((item) => childRows(`${path}[]`, item, item.properties?.type));
  return properties === undefined ? [] : childRows(path, { properties });
}

function childRows(path: string, { properties = {} }: Node, kind?: Node): string[] {
  const of = kind?.const === undefined ? '' : ` (type \`${kind.const}\`)`;
  return Object.entries(properties).flatMap(([name, child]) => {
    const inner = child.properties === undefined ? [] : childRows(`${path}.${name}`, child);
    return child.properties === undefined ? [row(`${path}.${name}`, '', child, of)] : inner;
  });
}

function row(path: string, envName: string, node: Node, suffix = ''): string {
  const cells = [
    `\`${path}\`${node.secret === true ? ' 🔒' : ''}`,
    envName === '' ? '' : `\`${envName}\``,
    node.default === undefined ? 'unset' : `\`${JSON.stringify(node.default)}\``,
    meaningOf(node) + suffix,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function meaningOf(node: Node): string {
  const values = alternativesOf(node).flatMap(
    (one) => one.enum ?? (one.const === undefined ? [] : [one.const]),
  );
  const listed = values.length === 0 ? '' : values.map((value) => `\`${String(value)}\``).join(', ');
  return [node.description, listed].filter((text) => text !== undefined && text !== '').join(': ');
}

function alternativesOf(node: Node): readonly Node[] {
  return node.anyOf ?? node.oneOf ?? [node];
}

function nodeAt(node: Node, path: readonly string[]): Node {
  return path.reduce((at, name) => at.properties?.[name] ?? {}, node);
}
