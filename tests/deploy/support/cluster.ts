import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { KubernetesObject } from './kubernetes.js';

/** What runs in a container when `kubectl exec` asks for it. */
export type InContainer = (
  container: string,
  command: readonly string[],
) => { readonly command: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };

export type ClusterOptions = {
  /** What was applied already. */
  readonly objects: readonly KubernetesObject[];
  readonly logsOf: (pod: string) => string;
  readonly inContainer: InContainer;
  /** Where the kubeconfig is written. */
  readonly directory: string;
};

export type Cluster = {
  readonly kubeconfig: string;
  /** Requests that it could not answer. */
  readonly unknown: readonly string[];
  close(): Promise<void>;
};

type Json = Record<string, unknown>;
type Kind = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly scoped: boolean;
  readonly sub?: readonly string[];
};

const of = (
  group: string,
  version: string,
  kinds: Readonly<Record<string, string>>,
  sub: Readonly<Record<string, readonly string[]>> = {},
): readonly Kind[] =>
  Object.entries(kinds).map(([plural, kind]) => ({
    group,
    version,
    plural,
    kind,
    scoped: kind !== 'Namespace',
    sub: sub[plural] ?? [],
  }));

const KINDS: readonly Kind[] = [
  ...of(
    '',
    'v1',
    {
      namespaces: 'Namespace',
      pods: 'Pod',
      services: 'Service',
      secrets: 'Secret',
      configmaps: 'ConfigMap',
      serviceaccounts: 'ServiceAccount',
      persistentvolumeclaims: 'PersistentVolumeClaim',
      events: 'Event',
    },
    { pods: ['log', 'exec'] },
  ),
  ...of(
    'apps',
    'v1',
    {
      deployments: 'Deployment',
      statefulsets: 'StatefulSet',
      replicasets: 'ReplicaSet',
      controllerrevisions: 'ControllerRevision',
    },
    { deployments: ['scale'], statefulsets: ['scale'] },
  ),
  ...of('batch', 'v1', { cronjobs: 'CronJob', jobs: 'Job' }),
  ...of('autoscaling', 'v2', { horizontalpodautoscalers: 'HorizontalPodAutoscaler' }),
  ...of('policy', 'v1', { poddisruptionbudgets: 'PodDisruptionBudget' }),
  ...of('networking.k8s.io', 'v1', { networkpolicies: 'NetworkPolicy', ingresses: 'Ingress' }),
  ...of('keda.sh', 'v1alpha1', { scaledobjects: 'ScaledObject' }),
  ...of('monitoring.coreos.com', 'v1', {
    servicemonitors: 'ServiceMonitor',
    prometheusrules: 'PrometheusRule',
  }),
  ...of('metrics.k8s.io', 'v1beta1', { pods: 'PodMetrics' }),
];

const groupVersion = ({ group, version }: Kind) => (group === '' ? version : `${group}/${version}`);
const prefixOf = (kind: Kind) => (kind.group === '' ? '/api/v1' : `/apis/${kind.group}/${kind.version}`);

/**
 * A Kubernetes API server on loopback, as far as the commands of docs/operations go: the real kubectl talks to it, so a command
 * with a wrong option, object, container or namespace fails as it would in a cluster. It holds what the overlay renders, with a pod
 * and two revisions for each workload. It runs no controllers: everything is always as asked for.
 */
export async function startCluster({
  objects,
  logsOf,
  inContainer,
  directory,
}: ClusterOptions): Promise<Cluster> {
  const store = new Map<string, Json>();
  const unknown: string[] = [];
  const keyOf = (kind: Kind, namespace: string, name: string) =>
    `${kind.group}/${kind.plural}/${namespace}/${name}`;
  const metadataOf = (object: Json) => {
    object.metadata ??= {};
    return object.metadata as Json;
  };
  const put = (kind: Kind, namespace: string, object: Json) => {
    const metadata = metadataOf(object);
    Object.assign(metadata, {
      ...(kind.scoped ? { namespace } : {}),
      uid: createHash('md5')
        .update(keyOf(kind, namespace, String(metadata.name)))
        .digest('hex'),
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    const replicas = ((object.spec as Json | undefined)?.replicas as number | undefined) ?? 2;
    if (['Deployment', 'StatefulSet'].includes(kind.kind)) {
      const status = {
        observedGeneration: 1,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
        currentReplicas: replicas,
        currentRevision: 'r',
        updateRevision: 'r',
      };
      object.status = status;
      metadata.annotations ??= {};
      (metadata.annotations as Json)['deployment.kubernetes.io/revision'] = '2';
    }
    if (kind.kind === 'Job') {
      object.status = { conditions: [{ type: 'Complete', status: 'True' }] };
      store.set(`/pods/${namespace}/${metadata.name}-abcde`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${metadata.name}-abcde`, namespace, labels: { 'job-name': metadata.name } },
        spec: { containers: [{ name: 'job' }] },
        status: { phase: 'Succeeded' },
      });
    }
    store.set(keyOf(kind, namespace, String(metadata.name)), object);
    return object;
  };
  const kindNamed = (name: string) => {
    const found = KINDS.find(({ kind, group }) => kind === name && group !== 'metrics.k8s.io');
    if (found === undefined) throw new Error(`the cluster does not know ${name}`);
    return found;
  };
  for (const object of objects) {
    const kind = kindNamed(object.kind);
    const namespace = object.metadata.namespace ?? '';
    put(kind, namespace, structuredClone(object) as unknown as Json);
    if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') continue;
    const { selector, template } = object.spec as {
      selector: Json;
      template: { metadata: Json; spec: Json };
    };
    const workload = store.get(keyOf(kind, namespace, object.metadata.name));
    const owner = (uid: unknown, ownerKind: string, name: string) => [
      { apiVersion: 'apps/v1', kind: ownerKind, name, uid, controller: true },
    ];
    if (workload !== undefined) (workload.spec as Json).replicas ??= 2;
    const uid = workload === undefined ? '' : metadataOf(workload).uid;
    for (const revision of [1, 2])
      if (object.kind === 'Deployment')
        put(kindNamed('ReplicaSet'), namespace, {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: {
            name: `${object.metadata.name}-r${revision}`,
            labels: template.metadata.labels,
            annotations: { 'deployment.kubernetes.io/revision': String(revision) },
            ownerReferences: owner(uid, 'Deployment', object.metadata.name),
          },
          spec: {
            replicas: revision === 2 ? 2 : 0,
            selector,
            template: {
              ...template,
              metadata: {
                labels: { ...(template.metadata.labels as Json), 'pod-template-hash': `r${revision}` },
                annotations: revision === 2 ? template.metadata.annotations : { release: 'the one before' },
              },
            },
          },
        });
    const pod =
      object.kind === 'StatefulSet' ? `${object.metadata.name}-0` : `${object.metadata.name}-r2-abcde`;
    put(kindNamed('Pod'), namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: pod,
        labels: template.metadata.labels,
        ownerReferences: owner(uid, object.kind, object.metadata.name),
      },
      spec: template.spec,
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [] },
    });
    put(KINDS.find(({ kind: name }) => name === 'PodMetrics') as Kind, namespace, {
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'PodMetrics',
      metadata: { name: pod, labels: template.metadata.labels },
      timestamp: '2026-01-01T00:00:00Z',
      window: '15s',
      containers: [{ name: 'c', usage: { cpu: '20m', memory: '90Mi' } }],
    });
  }

  const send = (response: ServerResponse, body: unknown, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const notFound = (response: ServerResponse, what: string) =>
    send(
      response,
      {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'NotFound',
        code: 404,
        message: `${what} not found`,
      },
      404,
    );

  const discovery = (path: string): unknown => {
    if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0' };
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    const groups = [...new Set(KINDS.map(({ group }) => group))].filter((group) => group !== '');
    if (path === '/apis')
      return {
        kind: 'APIGroupList',
        groups: groups.map((name) => {
          const versions = [
            ...new Set(KINDS.filter(({ group }) => group === name).map(({ version }) => version)),
          ].map((version) => ({ groupVersion: `${name}/${version}`, version }));
          return { name, versions, preferredVersion: versions[0] };
        }),
      };
    const here = KINDS.filter((kind) => prefixOf(kind) === path);
    if (here.length > 0)
      return {
        kind: 'APIResourceList',
        groupVersion: path.replace(/^\/apis?\//, ''),
        resources: here.flatMap(({ plural, kind, scoped, sub = [] }) => [
          {
            name: plural,
            singularName: kind.toLowerCase(),
            namespaced: scoped,
            kind,
            verbs: ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'],
          },
          ...sub.map((it) => ({
            name: `${plural}/${it}`,
            singularName: '',
            namespaced: true,
            kind: it === 'scale' ? 'Scale' : kind,
            ...(it === 'scale' ? { group: 'autoscaling', version: 'v1' } : {}),
            verbs: ['get', 'update', 'patch', 'create'],
          })),
        ]),
      };
    if (path === '/openapi/v3')
      return {
        paths: Object.fromEntries(
          KINDS.map((kind) => [
            prefixOf(kind).slice(1),
            { serverRelativeURL: `/openapi/v3${prefixOf(kind)}` },
          ]),
        ),
      };
    // What kubectl asks before it leaves the checking of fields to the server.
    if (path.startsWith('/openapi/v3/'))
      return {
        openapi: '3.0.0',
        info: { title: 'cluster', version: '1' },
        paths: Object.fromEntries(
          KINDS.filter((kind) => `/openapi/v3${prefixOf(kind)}` === path).map((kind) => [
            `${prefixOf(kind)}/${kind.scoped ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`,
            {
              patch: {
                parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
                  name,
                  in: 'query',
                  schema: { type: 'string' },
                })),
                'x-kubernetes-group-version-kind': {
                  group: kind.group,
                  version: kind.version,
                  kind: kind.kind,
                },
                responses: {},
              },
            },
          ]),
        ),
      };
    return undefined;
  };

  const find = (path: string) => {
    for (const kind of KINDS) {
      const prefix = prefixOf(kind);
      if (!path.startsWith(`${prefix}/`)) continue;
      const rest = path.slice(prefix.length + 1).split('/');
      const namespace = kind.scoped && rest[0] === 'namespaces' ? (rest[1] ?? '') : '';
      const words = kind.scoped && rest[0] === 'namespaces' ? rest.slice(2) : rest;
      if (words[0] === kind.plural && (kind.scoped || words.length < 3))
        return { kind, namespace, name: words[1], sub: words[2] };
    }
    return undefined;
  };

  const read = async (request: IncomingMessage) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (body.subarray(0, 4).toString() === 'k8s\0') return fromProtobuf(body.subarray(4));
    return body.length === 0 ? {} : (JSON.parse(body.toString()) as Json);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://cluster');
    const found = discovery(url.pathname);
    if (found !== undefined) return send(response, found);
    const target = find(url.pathname);
    if (target === undefined) {
      if (!url.pathname.startsWith('/openapi/v2')) unknown.push(`${request.method} ${url.pathname}`);
      return notFound(response, url.pathname);
    }
    const { kind, namespace, name, sub } = target;
    if (
      kind.scoped &&
      namespace !== '' &&
      !store.has(keyOf(kindNamed('Namespace'), '', namespace)) &&
      namespace !== 'monitoring'
    )
      return notFound(response, `namespaces "${namespace}"`);
    const labels = (url.searchParams.get('labelSelector') ?? '').split(',').filter((it) => it !== '');
    const isLabelled = (object: Json) =>
      labels.every((label) => {
        const [key = '', value] = label.split(/==?/);
        return (metadataOf(object).labels as Json | undefined)?.[key] === value;
      });
    const named = (url.searchParams.get('fieldSelector') ?? '').match(/metadata\.name=([^,]+)/)?.[1];
    if (name === undefined && request.method === 'GET') {
      const items = [...store]
        .filter(([key]) =>
          key.startsWith(`${kind.group}/${kind.plural}/${namespace === '' ? '' : `${namespace}/`}`),
        )
        .map(([, object]) => object)
        .filter((object) => isLabelled(object) && (named === undefined || metadataOf(object).name === named));
      if (url.searchParams.has('watch')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        for (const object of items) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
        return;
      }
      return send(response, {
        kind: `${kind.kind}List`,
        apiVersion: groupVersion(kind),
        metadata: { resourceVersion: '1' },
        items,
      });
    }
    const key = keyOf(kind, namespace, name ?? '');
    const isDry = url.searchParams.has('dryRun');
    if (request.method === 'POST') {
      const object = await read(request);
      const own = keyOf(kind, namespace, String(metadataOf(object).name));
      if (store.has(own))
        return send(
          response,
          {
            kind: 'Status',
            status: 'Failure',
            reason: 'AlreadyExists',
            code: 409,
            message: `${own} already exists`,
          },
          409,
        );
      return send(response, isDry ? object : put(kind, namespace, object), 201);
    }
    const object = store.get(key);
    if (object === undefined) return notFound(response, `${kind.plural} "${name}"`);
    if (sub === 'log')
      return void response.writeHead(200, { 'content-type': 'text/plain' }).end(logsOf(name ?? ''));
    const scale = () => ({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, resourceVersion: '1' },
      spec: { replicas: (object.spec as Json).replicas ?? 0 },
      status: { replicas: 0, selector: '' },
    });
    if (request.method === 'GET') return send(response, sub === 'scale' ? scale() : object);
    if (request.method === 'DELETE') {
      store.delete(key);
      return send(response, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
    }
    const change = await read(request);
    if (sub === 'scale') {
      put(kind, namespace, {
        ...object,
        spec: { ...(object.spec as Json), replicas: (change.spec as Json).replicas },
      });
      return send(response, scale());
    }
    if (Array.isArray(change)) return send(response, object);
    const merged = request.method === 'PUT' ? change : merge(object, change);
    return send(response, isDry ? merged : put(kind, namespace, merged));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      unknown.push(`${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
      response.writeHead(500).end();
    });
  });
  const sockets = new Set<Duplex>();
  // `kubectl exec` speaks v5.channel.k8s.io over a WebSocket.
  server.on('upgrade', (request, socket) => {
    sockets.add(socket);
    const url = new URL(request.url ?? '', 'http://cluster');
    const target = find(url.pathname);
    const pod =
      target === undefined ? undefined : store.get(keyOf(target.kind, target.namespace, target.name ?? ''));
    const container = url.searchParams.get('container') ?? '';
    const names =
      pod === undefined
        ? []
        : (pod.spec as { containers: { name: string }[] }).containers.map(({ name }) => name);
    if (target?.sub !== 'exec' || !names.includes(container)) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
    );
    const frame = (channel: number, data: Buffer, opcode = 2) => {
      const body = opcode === 2 ? Buffer.concat([Buffer.from([channel]), data]) : data;
      const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
      head[0] = 0x80 | opcode;
      if (head.length === 2) head[1] = body.length;
      else if (head.length === 4) {
        head[1] = 126;
        head.writeUInt16BE(body.length, 2);
      } else {
        head[1] = 127;
        head.writeBigUInt64BE(BigInt(body.length), 2);
      }
      socket.write(Buffer.concat([head, body]));
    };
    const { command, args, env } = inContainer(container, url.searchParams.getAll('command'));
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data: Buffer) => frame(1, data));
    child.stderr.on('data', (data: Buffer) => frame(2, data));
    child.on('close', (code) => {
      const status =
        code === 0
          ? { metadata: {}, status: 'Success' }
          : {
              metadata: {},
              status: 'Failure',
              reason: 'NonZeroExitCode',
              message: `command terminated with exit code ${code}`,
              details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
            };
      frame(3, Buffer.from(JSON.stringify(status)));
      frame(0, Buffer.from([0x03, 0xe8]), 8);
      socket.end();
    });
    socket.on('error', () => child.kill());
    socket.on('data', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'c', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
      ],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: {} }],
      'current-context': 'c',
    }),
  );
  return {
    kubeconfig,
    unknown,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The fields of a protobuf message that are bytes, by their numbers. */
function bytesFields(message: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    if (tag % 8 === 0) varint();
    else if (tag % 8 === 2) {
      const length = varint();
      fields.set(Math.floor(tag / 8), message.subarray(at, at + length));
      at += length;
    } else throw new Error(`protobuf: wire type ${tag % 8}`);
  }
  return fields;
}

/** kubectl makes some objects as protobuf: their kind and name are all that is read of them. */
function fromProtobuf(body: Buffer): Json {
  const envelope = bytesFields(body);
  const type = bytesFields(envelope.get(1) ?? Buffer.alloc(0));
  const metadata = bytesFields(bytesFields(envelope.get(2) ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0));
  const name = String(metadata.get(1));
  return {
    apiVersion: String(type.get(1)),
    kind: String(type.get(2)),
    metadata: { name },
    ...(String(type.get(2)) === 'Job'
      ? { spec: { selector: { matchLabels: { 'job-name': name } }, template: {} } }
      : {}),
  };
}

/** A merge patch; lists are replaced. Enough for labels, annotations, images of one container and restarts. */
function merge(object: Json, change: Json): Json {
  const merged: Json = { ...object };
  for (const [key, value] of Object.entries(change)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete merged[key];
    else if (Array.isArray(value) && Array.isArray(merged[key])) {
      const old = merged[key] as Json[];
      merged[key] = old.map((item) => {
        const own = (value as Json[]).find((it) => it.name !== undefined && it.name === item.name);
        return own === undefined ? item : merge(item, own);
      });
    } else if (typeof value === 'object' && !Array.isArray(value))
      merged[key] = merge((merged[key] as Json | undefined) ?? {}, value as Json);
    else merged[key] = value;
  }
  return merged;
}
