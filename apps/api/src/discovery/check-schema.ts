import { createContext, Script } from 'node:vm';
import { DONE, err, type Result } from '@x402-facilitator/cardano';

/** What does not fit, where in the value; or why the schema cannot be followed. */
export type SchemaProblem = {
  readonly kind: 'mismatch' | 'unsupported' | 'too-complex';
  readonly path: string;
  readonly message: string;
};

/** Far more than a declaration of ordinary size needs; a few milliseconds. */
const MAX_STEPS = 20_000;
const MAX_DEPTH = 64;
/** For all patterns of one schema together. */
const PATTERNS_WITHIN_MS = 50;

const DRAFT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
/** Keywords that would change the verdict, and are not followed here. */
const UNSUPPORTED = ['$anchor', '$dynamicAnchor', '$dynamicRef', 'unevaluatedItems', 'unevaluatedProperties'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Checks a value against a JSON Schema (2020-12) of a stranger. The schema is followed step by step and never compiled:
 * it costs no more than its steps, and nothing that it refers to is fetched. `format` is an annotation.
 */
export function checkSchema(schema: Json, value: unknown): Result<undefined, SchemaProblem> {
  const { $schema } = schema;
  if ($schema !== undefined && !(typeof $schema === 'string' && DRAFT.test($schema)))
    return err({
      kind: 'unsupported',
      path: 'schema.$schema',
      message: 'expected JSON Schema draft 2020-12',
    });
  try {
    const problem = new Check(schema).of(schema, value, 'info', 0);
    return problem === undefined ? DONE : err({ kind: 'mismatch', ...problem });
  } catch (error) {
    if (error instanceof CannotFollow) return err(error.problem);
    throw error;
  }
}

type Mismatch = { readonly path: string; readonly message: string } | undefined;

class CannotFollow extends Error {
  readonly problem: SchemaProblem;
  constructor(kind: 'unsupported' | 'too-complex', message: string) {
    super(message);
    this.problem = { kind, path: 'schema', message };
  }
}

class Check {
  readonly #root: Json;
  #steps = 0;
  #patternsMs = PATTERNS_WITHIN_MS;

  constructor(root: Json) {
    this.#root = root;
  }

  of(schema: unknown, value: unknown, path: string, depth: number): Mismatch {
    this.#step();
    if (depth > MAX_DEPTH) throw new CannotFollow('too-complex', `expected at most ${MAX_DEPTH} levels`);
    if (schema === true) return undefined;
    if (schema === false) return { path, message: 'expected nothing here' };
    if (!isObject(schema)) throw new CannotFollow('unsupported', 'expected schemas as objects or booleans');
    const unsupported = UNSUPPORTED.find((keyword) => Object.hasOwn(schema, keyword));
    if (unsupported !== undefined)
      throw new CannotFollow('unsupported', `the keyword ${unsupported} is not followed here`);
    const next = depth + 1;
    return (
      this.#reference(schema, value, path, next) ??
      this.#plain(schema, value, path) ??
      this.#combined(schema, value, path, next) ??
      (isObject(value) ? this.#object(schema, value, path, next) : undefined) ??
      (Array.isArray(value) ? this.#array(schema, value, path, next) : undefined)
    );
  }

  #step(count = 1) {
    this.#steps += count;
    if (this.#steps > MAX_STEPS)
      throw new CannotFollow('too-complex', `expected a schema that is checked in ${MAX_STEPS} steps`);
  }

  #reference(schema: Json, value: unknown, path: string, depth: number): Mismatch {
    for (const keyword of ['$id', '$ref'])
      if (schema[keyword] !== undefined && !String(schema[keyword]).startsWith('#'))
        throw new CannotFollow('unsupported', `${keyword}: expected a place in this schema (#/…)`);
    const { $ref } = schema;
    return $ref === undefined ? undefined : this.of(this.#at(String($ref)), value, path, depth);
  }

  #at(pointer: string): unknown {
    let found: unknown = this.#root;
    const missing = () =>
      new CannotFollow('unsupported', '$ref: expected a place that exists in this schema');
    if (pointer !== '#' && !pointer.startsWith('#/')) throw missing();
    for (const part of pointer.split('/').slice(1)) {
      this.#step();
      const name = decoded(part)?.replaceAll('~1', '/').replaceAll('~0', '~');
      if (name === undefined || typeof found !== 'object' || found === null || !Object.hasOwn(found, name))
        throw missing();
      found = Reflect.get(found, name);
    }
    return found;
  }

  /** Keywords that look at the value alone. */
  #plain(schema: Json, value: unknown, path: string): Mismatch {
    const { type, const: only, enum: choices } = schema;
    if (type !== undefined) {
      const types = Array.isArray(type) ? type : [type];
      if (!types.some((name) => isOfType(name, value)))
        return { path, message: `expected ${shown(types.join(' or '))}, found ${nameOf(value)}` };
    }
    if (Object.hasOwn(schema, 'const') && !this.#same(only, value))
      return { path, message: `expected ${shown(only)}, found ${shown(value)}` };
    if (Array.isArray(choices) && !choices.some((choice) => this.#same(choice, value)))
      return { path, message: `expected one of ${shown(choices)}, found ${shown(value)}` };
    if (typeof value === 'number') return numberMismatch(schema, value, path);
    if (typeof value !== 'string') return undefined;
    const { minLength, maxLength, pattern } = schema;
    if (minLength !== undefined || maxLength !== undefined) this.#step(value.length);
    return (
      outside([...value].length, minLength, maxLength, 'characters', path) ??
      (pattern === undefined || this.#matches(pattern, value)
        ? undefined
        : { path, message: `expected text of the pattern ${shown(pattern)}` })
    );
  }

  #combined(schema: Json, value: unknown, path: string, depth: number): Mismatch {
    const { not, if: condition } = schema;
    for (const each of schemasIn(schema, 'allOf')) {
      const problem = this.of(each, value, path, depth);
      if (problem !== undefined) return problem;
    }
    const passing = (keyword: string) =>
      schemasIn(schema, keyword).filter((each) => this.of(each, value, path, depth) === undefined).length;
    if (schema.anyOf !== undefined && passing('anyOf') === 0)
      return { path, message: 'expected one of the forms in anyOf' };
    if (schema.oneOf !== undefined && passing('oneOf') !== 1)
      return { path, message: 'expected exactly one of the forms in oneOf' };
    if (not !== undefined && this.of(not, value, path, depth) === undefined)
      return { path, message: 'expected another form than that in not' };
    if (condition === undefined) return undefined;
    const branch = this.of(condition, value, path, depth) === undefined ? schema.then : schema.else;
    return branch === undefined ? undefined : this.of(branch, value, path, depth);
  }

  #object(schema: Json, value: Json, path: string, depth: number): Mismatch {
    const names = Object.keys(value);
    this.#step(names.length);
    const counted = outside(names.length, schema.minProperties, schema.maxProperties, 'properties', path);
    if (counted !== undefined) return counted;
    const requires = (wanted: unknown): Mismatch => {
      const missing = (Array.isArray(wanted) ? wanted : []).find(
        (name) => !Object.hasOwn(value, String(name)),
      );
      return missing === undefined
        ? undefined
        : { path: within(path, missing), message: 'expected a value, found none' };
    };
    const required = requires(schema.required);
    if (required !== undefined) return required;
    for (const [name, wanted] of entriesOf(schema.dependentRequired))
      if (Object.hasOwn(value, name)) {
        const problem = requires(wanted);
        if (problem !== undefined) return problem;
      }
    for (const [name, each] of entriesOf(schema.dependentSchemas))
      if (Object.hasOwn(value, name)) {
        const problem = this.of(each, value, path, depth);
        if (problem !== undefined) return problem;
      }
    const properties = isObject(schema.properties) ? schema.properties : {};
    const patterns = entriesOf(schema.patternProperties);
    for (const name of names) {
      const at = within(path, name);
      const nested = [
        ...(Object.hasOwn(properties, name) ? [properties[name]] : []),
        ...patterns.flatMap(([pattern, each]) => (this.#matches(pattern, name) ? [each] : [])),
      ];
      if (nested.length === 0 && schema.additionalProperties !== undefined)
        nested.push(schema.additionalProperties);
      for (const each of nested) {
        const problem = this.of(each, value[name], at, depth);
        if (problem !== undefined) return problem;
      }
      if (schema.propertyNames !== undefined) {
        const problem = this.of(schema.propertyNames, name, at, depth);
        if (problem !== undefined) return problem;
      }
    }
    return undefined;
  }

  #array(schema: Json, value: readonly unknown[], path: string, depth: number): Mismatch {
    const { items, contains, minContains, maxContains, uniqueItems } = schema;
    const counted = outside(value.length, schema.minItems, schema.maxItems, 'items', path);
    if (counted !== undefined) return counted;
    const first = schemasIn(schema, 'prefixItems');
    for (const [index, item] of value.entries()) {
      const each = index < first.length ? first[index] : items;
      const problem = each === undefined ? undefined : this.of(each, item, `${path}.${index}`, depth);
      if (problem !== undefined) return problem;
    }
    if (contains !== undefined) {
      const found = value.filter((item) => this.of(contains, item, path, depth) === undefined).length;
      const problem = outside(found, minContains ?? 1, maxContains, 'items of the form in contains', path);
      if (problem !== undefined) return problem;
    }
    const isTwice = (item: unknown, index: number) =>
      value.slice(0, index).some((before) => this.#same(before, item));
    return uniqueItems === true && value.some(isTwice)
      ? { path, message: 'expected every item once' }
      : undefined;
  }

  #same(left: unknown, right: unknown): boolean {
    this.#step();
    if (left === right) return true;
    if (Array.isArray(left) && Array.isArray(right))
      return left.length === right.length && left.every((item, index) => this.#same(item, right[index]));
    if (!isObject(left) || !isObject(right)) return false;
    const names = Object.keys(left);
    return (
      names.length === Object.keys(right).length &&
      names.every((name) => Object.hasOwn(right, name) && this.#same(left[name], right[name]))
    );
  }

  /** A pattern may backtrack for longer than the universe lasts, so it runs where it can be stopped. */
  #matches(pattern: unknown, text: string): boolean {
    Object.assign(SANDBOX, { pattern: String(pattern), text });
    const beganMs = performance.now();
    try {
      const timeout = Math.max(1, Math.ceil(this.#patternsMs));
      return PATTERN.runInContext(SANDBOX, { timeout }) === true;
    } catch (error) {
      if (isObject(error) && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw new CannotFollow('too-complex', 'pattern: it takes too long');
      throw new CannotFollow('unsupported', 'pattern: expected a regular expression of ECMA-262');
    } finally {
      this.#patternsMs -= performance.now() - beganMs;
      if (this.#patternsMs <= 0) this.#steps = MAX_STEPS;
    }
  }
}

const SANDBOX = createContext(Object.create(null));
const PATTERN = new Script("new RegExp(pattern, 'u').test(text)");

function numberMismatch(schema: Json, value: number, path: string): Mismatch {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const isOutside =
    (typeof minimum === 'number' && value < minimum) ||
    (typeof maximum === 'number' && value > maximum) ||
    (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) ||
    (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) ||
    (typeof multipleOf === 'number' && multipleOf > 0 && !Number.isInteger(value / multipleOf));
  return isOutside ? { path, message: `expected a number within its bounds, found ${value}` } : undefined;
}

function outside(count: number, least: unknown, most: unknown, what: string, path: string): Mismatch {
  if (typeof least === 'number' && count < least)
    return { path, message: `expected at least ${least} ${what}, found ${count}` };
  if (typeof most === 'number' && count > most)
    return { path, message: `expected at most ${most} ${what}, found ${count}` };
  return undefined;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function schemasIn(schema: Json, keyword: string): readonly unknown[] {
  const listed = schema[keyword];
  return Array.isArray(listed) ? listed : [];
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  return nameOf(value) === type;
}

const MAX_SHOWN = 80;
const MAX_SHOWN_ITEMS = 8;

/** Strangers' text, cut short; of what is nested only its kind. */
function shown(value: unknown): string {
  if (Array.isArray(value)) {
    const some = value.slice(0, MAX_SHOWN_ITEMS).map((item) => (Array.isArray(item) ? 'array' : shown(item)));
    return [...some, ...(value.length > MAX_SHOWN_ITEMS ? ['…'] : [])].join(', ');
  }
  if (typeof value === 'object' && value !== null) return 'object';
  const text = String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function within(path: string, name: unknown): string {
  return `${path}.${shown(name)}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
