import { getSchemaForEndpoint } from '@blockfrost/openapi';
import { Ajv, type ValidateFunction } from 'ajv';
import { expect } from 'vitest';

type Schema = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * OpenAPI 3.0 as JSON schema: `nullable` becomes a choice, and objects that list their properties admit no others, so
 * that an additional field fails as well as a missing one.
 */
function jsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (!isObject(schema)) return schema;
  const { nullable, example: _example, ...rest } = schema;
  const converted: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === 'properties' ? properties(value) : jsonSchema(value),
    ]),
  );
  if (converted.properties !== undefined && converted.additionalProperties === undefined) {
    converted.additionalProperties = false;
  }
  return nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted;
}

function properties(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, jsonSchema(schema)]));
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const compiled = new Map<string, ValidateFunction>();

/** The validator of an endpoint's answer with the given status, from Blockfrost's own OpenAPI description. */
function validatorOf(template: string, status: number): ValidateFunction {
  const key = `${template} ${status}`;
  let validate = compiled.get(key);
  if (validate === undefined) {
    const schema = getSchemaForEndpoint(template).response[status];
    if (schema === undefined) throw new Error(`Blockfrost documents no ${status} for ${template}`);
    validate = ajv.compile(jsonSchema(schema) as object);
    compiled.set(key, validate);
  }
  return validate;
}

/** Fails unless `body` is what Blockfrost documents for this endpoint and status. */
export function expectDocumented(template: string, status: number, body: unknown): void {
  const validate = validatorOf(template, status);
  validate(body);
  expect(validate.errors ?? [], `${template} ${status}: ${JSON.stringify(body)?.slice(0, 600)}`).toEqual([]);
}
