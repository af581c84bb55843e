import type { Config } from './config.js';
import { CONFIG_JSON_SCHEMA, type SchemaNode } from './keys.js';
import type { Settings } from './schema/index.js';

/** What a masked secret is printed as. */
const MASK = '***';

/**
 * A copy of the settings that may be printed: every secret that is set is replaced by `***`. The schema says which keys
 * are secret, so a new one cannot be forgotten here.
 */
export function maskSecrets({ networks: _resolved, ...settings }: Config): unknown {
  return maskNode(settings, [CONFIG_JSON_SCHEMA]);
}

/** Every secret of the settings that is set, and the user info of its URLs. */
export function secretsOf(settings: Settings): readonly string[] {
  const found: string[] = [];
  maskNode(settings, [CONFIG_JSON_SCHEMA], (secret) => found.push(secret));
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
