import { CONFIG_JSON_SCHEMA, type SchemaNode } from './keys.js';
import type { Config } from './schema/index.js';

/** What a masked secret is printed as. */
export const MASK = '***';

/**
 * A copy of the configuration that may be printed: every secret that is set is replaced by `***`. Which keys are
 * secret is the schema's own word, so that a new secret cannot be forgotten here.
 */
export function maskSecrets(config: Config): unknown {
  return maskNode(config, [CONFIG_JSON_SCHEMA]);
}

/** Every secret of the configuration that is set, and the user info of its URLs. */
export function secretsOf(config: Config): readonly string[] {
  const found: string[] = [];
  maskNode(config, [CONFIG_JSON_SCHEMA], (secret) => found.push(secret));
  return found;
}

/** `nodes`: every schema that may describe `value`; a list of alternatives has several. */
function maskNode(
  value: unknown,
  nodes: readonly SchemaNode[],
  onSecret: (secret: string) => void = () => undefined,
): unknown {
  const alternatives = nodes.flatMap((node) => [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])]);
  if (value === undefined) return undefined;
  if (alternatives.some((node) => node.secret === true)) {
    if (typeof value === 'string') onSecret(value);
    return MASK;
  }
  if (typeof value === 'string') return maskUserInfo(value, onSecret);
  if (Array.isArray(value))
    return value.map((item) =>
      maskNode(
        item,
        alternatives.flatMap((node) => node.items ?? []),
        onSecret,
      ),
    );
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      maskNode(
        child,
        alternatives.flatMap((node) => node.properties?.[name] ?? []),
        onSecret,
      ),
    ]),
  );
}

/** A URL may carry a password of its own. */
function maskUserInfo(text: string, onSecret: (secret: string) => void): string {
  return text.replace(/^(https?:\/\/)([^/@]*)@/i, (_match, scheme: string, userInfo: string) => {
    onSecret(userInfo);
    return `${scheme}${MASK}@`;
  });
}
