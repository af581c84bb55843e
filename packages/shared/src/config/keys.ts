import { z } from 'zod';
import { configSchema } from './schema/index.js';

/** One key of the configuration, as the schema describes it. */
export type ConfigKey = {
  readonly path: readonly string[];
  /** `X402_CHAIN__BLOCKFROST__PROJECT_ID`; with `_FILE` the name of a file that holds the value. */
  readonly envName: string;
  readonly description: string | undefined;
  readonly defaultValue: unknown;
  readonly secret: boolean;
  /** True when the environment's text is the value itself; false when it is JSON (numbers, booleans, lists, objects). */
  readonly isText: boolean;
  /** True for a group of keys: a group may be set as one JSON object as well. */
  readonly isGroup: boolean;
};

/** The part of JSON Schema that zod writes for our schema. */
export type SchemaNode = {
  readonly type?: string;
  readonly default?: unknown;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly description?: string;
  readonly secret?: boolean;
};

/** The schema as data, for the list of keys, the masking of secrets and the documentation. */
export const CONFIG_JSON_SCHEMA = z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;

/** The prefix of all our environment variables. */
export const ENV_PREFIX = 'X402_';

/** Every key, groups before what they hold. Keys inside lists are not named: a list is set as a whole. */
export const CONFIG_KEYS: readonly ConfigKey[] = keysBelow(CONFIG_JSON_SCHEMA, []);

function keysBelow(node: SchemaNode, path: readonly string[]): ConfigKey[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const childPath = [...path, name];
    const key: ConfigKey = {
      path: childPath,
      envName: ENV_PREFIX + childPath.map(upperSnake).join('__'),
      description: child.description,
      defaultValue: child.default,
      secret: child.secret === true,
      isText: child.type === 'string',
      isGroup: child.properties !== undefined,
    };
    return [key, ...keysBelow(child, childPath)];
  });
}

function upperSnake(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
