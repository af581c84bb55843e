import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { ROOT } from '@x402-facilitator/tools/stack';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { parseDocuments } from './files.js';

export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
};

/** The published schemas, as validators, by group and version. */
const SCHEMAS: Readonly<Record<string, object>> = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'batch/v1': batch,
  'keda.sh/v1alpha1': keda,
  'monitoring.coreos.com/v1': monitoring,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
};

/** `kubectl kustomize` of a folder, or why it cannot run: components came with kubectl 1.21. */
export function kustomize(
  path: string,
): { readonly objects: readonly KubernetesObject[] } | { reason: string } {
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', join(ROOT, path)], {
    encoding: 'utf8',
  });
  if (error !== undefined) return { reason: `kubectl: ${error.message}` };
  if (status !== 0) return { reason: stderr };
  return { objects: parseDocuments<KubernetesObject>(stdout) };
}

/** Whether this machine's kubectl renders kustomizations with components. */
export function hasKustomize(): boolean {
  const { stdout, status } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  const [, major = '0', minor = '0'] = /v(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return status === 0 && (Number(major) > 1 || Number(minor) >= 21);
}

/** The mistakes that the object's schema finds: wrong values, missing keys and unknown keys. */
export function kubernetesMistakes(object: KubernetesObject): readonly string[] {
  const model = modelOf(object);
  if (model === undefined) return [`no schema for ${object.apiVersion} ${object.kind}`];
  const read = new Set<string>();
  try {
    model.prototype.validate.call(recording(object, '', read));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  // The published validators accept unknown keys, as they must for old clients. But they read every key that they know,
  // so a key that none has read is unknown.
  return keysOf(object, '')
    .filter((key) => !read.has(key))
    .map((key) => `${key} is not in the schema`);
}

type Model = { readonly prototype: { validate(this: unknown): void } };

function modelOf({ apiVersion, kind }: KubernetesObject): Model | undefined {
  const group = SCHEMAS[apiVersion];
  return group === undefined ? undefined : (Reflect.get(group, kind) as Model | undefined);
}

function recording<T>(value: T, path: string, read: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      const found: unknown = Reflect.get(target, key, receiver);
      if (typeof key !== 'string' || typeof found === 'function') return found;
      read.add(`${path}/${key}`);
      return recording(found, `${path}/${key}`, read);
    },
  });
}

function keysOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    `${path}/${key}`,
    ...keysOf(child, `${path}/${key}`),
  ]);
}
