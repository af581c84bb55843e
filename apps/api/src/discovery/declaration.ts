import { describeIssues, err, ok, type Result } from '@x402-facilitator/cardano';
import type { DiscoveryRefusal } from '@x402-facilitator/journal';
import { z } from 'zod';
import { checkSchema, isObject } from './check-schema.js';

/** Levels of a declaration. */
const MAX_DEPTH = 32;
const MAX_PATH = 200;
const MAX_MESSAGE = 300;

const record = z.record(z.string(), z.unknown());
const http = z.literal('http');
const tool = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'expected visible ASCII characters');

const queryInput = z.looseObject({
  type: http,
  method: z.enum(['GET', 'HEAD', 'DELETE']),
  queryParams: record.optional(),
  headers: record.optional(),
});
const bodyInput = z.looseObject({
  type: http,
  method: z.enum(['POST', 'PUT', 'PATCH']),
  bodyType: z.enum(['json', 'form-data', 'text']),
  body: z.union([record, z.array(z.unknown()), z.string()]),
  queryParams: record.optional(),
  headers: record.optional(),
});
const toolInput = z.looseObject({
  type: z.literal('mcp'),
  toolName: tool,
  description: z.string().optional(),
  inputSchema: record,
  transport: z.enum(['streamable-http', 'sse']).optional(),
  example: record.optional(),
});
const output = z.looseObject({ type: z.string().min(1), format: z.string().optional() }).optional();

const schema = z.looseObject({
  properties: z.looseObject({ input: z.union([record, z.boolean()]) }),
});

export type Declaration = {
  readonly type: 'http' | 'mcp';
  /** The method or the tool. */
  readonly name: string;
  /** What is shown: without the parameters of the one request that was paid for. */
  readonly shown: { readonly info: unknown; readonly schema: unknown };
  readonly routeTemplate: unknown;
};

/**
 * Reads the `bazaar` extension of a payment, or says what is wrong with it and where.
 *
 * @param maxBytes of its JSON.
 */
export function readDeclaration(value: unknown, maxBytes: number): Result<Declaration, DiscoveryRefusal> {
  if (depthOf(value) > MAX_DEPTH)
    return err({
      code: 'too_large',
      message: `expected at most ${MAX_DEPTH} levels`,
      path: 'extensions.bazaar',
    });
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes > maxBytes)
    return err({
      code: 'too_large',
      message: `expected at most ${maxBytes} bytes of JSON, found ${bytes}`,
      path: 'extensions.bazaar',
    });
  const envelope = parse(
    z.looseObject({ info: z.looseObject({ input: record, output }), schema }),
    value,
    '',
  );
  if (!envelope.ok) return envelope;
  const { info } = envelope.value;
  const input = readInput(info.input);
  if (!input.ok) return input;
  const checked = checkSchema(envelope.value.schema, info);
  if (!checked.ok) {
    const { kind, path, message } = checked.error;
    return refuse(kind === 'mismatch' ? 'schema_mismatch' : 'schema_not_followed', path, message);
  }
  const { pathParams: _paid, ...kept } = info.input;
  return ok({
    ...input.value,
    shown: { info: { ...info, input: kept }, schema: envelope.value.schema },
    routeTemplate: isObject(value) ? value.routeTemplate : undefined,
  });
}

function readInput(
  input: Readonly<Record<string, unknown>>,
): Result<Pick<Declaration, 'type' | 'name'>, DiscoveryRefusal> {
  const { type, method } = input;
  if (type === 'mcp') {
    const read = parse(toolInput, input, 'info.input');
    return read.ok ? ok({ type: 'mcp', name: read.value.toolName }) : read;
  }
  if (type !== 'http') return refuse('malformed', 'info.input.type', 'expected http or mcp');
  const isBody = bodyInput.shape.method.safeParse(method).success;
  const read = parse(isBody ? bodyInput : queryInput, input, 'info.input');
  if (!isBody && !queryInput.shape.method.safeParse(method).success)
    return refuse('malformed', 'info.input.method', 'expected GET, HEAD, DELETE, POST, PUT or PATCH');
  return read.ok ? ok({ type: 'http', name: read.value.method }) : read;
}

function parse<Schema extends z.ZodType>(
  shape: Schema,
  value: unknown,
  path: string,
): Result<z.output<Schema>, DiscoveryRefusal> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const [issue] = describeIssues(parsed.error);
  const at = [path, issue?.path].filter((part) => part !== '' && part !== undefined).join('.');
  return refuse('malformed', at || 'extensions.bazaar', issue?.message ?? 'expected another form');
}

function refuse(code: string, path: string, message: string): ReturnType<typeof err<DiscoveryRefusal>> {
  return err({ code, path: path.slice(0, MAX_PATH), message: message.slice(0, MAX_MESSAGE) });
}

/** Without recursion: a body may be nested deeper than the stack is. */
function depthOf(value: unknown): number {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return depth;
  }
  return MAX_DEPTH + 1;
}
