import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, guardCommand, type Place } from '@x402-facilitator/tools/processes';

const run = promisify(execFile);

/** A machine of its own in a private network: a network namespace with one address. */
export type Host = Place & { readonly name: string };

export type PrivateNetwork = {
  /** The host of that name, which begins to exist with the first call. */
  host(name: string): Promise<Host>;
  /**
   * Takes away every packet between two groups of hosts, in both directions and without a word to either: nothing is
   * refused or closed. Calls may overlap.
   *
   * @returns what gives the packets back
   */
  cut(some: readonly Host[], others: readonly Host[]): Promise<() => Promise<void>>;
  /** Every host must have been left by its processes. */
  close(): Promise<void>;
};

/** The addresses for tests of networks (RFC 2544): no real network has them. */
const PREFIX = '198.18';
/** A station that is not there: what is sent to it is lost. */
const NOWHERE = '02:00:00:00:de:ad';

let networks = 0;

/**
 * A network of hosts on this machine, reachable from here at the hosts' addresses and from nowhere else. It does not outlive
 * this process.
 *
 * @returns the reason in words where this machine or user cannot have one
 */
export async function openPrivateNetwork(): Promise<PrivateNetwork | string> {
  if (process.platform !== 'linux') return `${process.platform} has no network namespaces`;
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const ip = await findProgram(['ip']);
  const nsenter = await findProgram(['nsenter']);
  if (ip === undefined || nsenter === undefined)
    return '`ip` and `nsenter` are needed: Debian has them in iproute2 and util-linux';

  networks += 1;
  const prefix = `x4${process.pid.toString(36)}${networks.toString(36)}`;
  const bridge = `${prefix}b`;
  const subnet = await freeSubnet(ip);
  guardCommand(`ip link delete ${bridge} 2>/dev/null`);
  try {
    await run(ip, ['link', 'add', bridge, 'type', 'bridge']);
    await run(ip, ['address', 'add', `${PREFIX}.${subnet}.1/24`, 'dev', bridge]);
    await run(ip, ['link', 'set', bridge, 'up']);
    await run(ip, ['netns', 'add', `${prefix}t`]);
    await run(ip, ['netns', 'delete', `${prefix}t`]);
  } catch (error) {
    await run(ip, ['link', 'delete', bridge]).catch(() => undefined);
    return `no network namespace can be made here: ${error instanceof Error ? error.message.trim() : error}`;
  }

  type Known = Host & { readonly namespace: string };
  const hosts = new Map<string, Promise<Known>>();
  /** How many cuts are between two hosts, by the one that cannot send and the address that it cannot reach. */
  const cuts = new Map<string, number>();

  const add = async (name: string, number: number): Promise<Known> => {
    const namespace = `${prefix}n${number.toString(36)}`;
    const link = `${prefix}v${number.toString(36)}`;
    const host = `${PREFIX}.${subnet}.${number + 2}`;
    guardCommand(`ip netns delete ${namespace} 2>/dev/null`);
    await run(ip, ['netns', 'add', namespace]);
    await run(ip, ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
    await run(ip, ['link', 'set', link, 'master', bridge, 'up']);
    await run(ip, ['-netns', namespace, 'address', 'add', `${host}/24`, 'dev', 'eth0']);
    await run(ip, ['-netns', namespace, 'link', 'set', 'eth0', 'up']);
    await run(ip, ['-netns', namespace, 'link', 'set', 'lo', 'up']);
    return { name, namespace, host, enter: [nsenter, `--net=/run/netns/${namespace}`, '--'] };
  };
  const known = async (hosted: readonly Host[]) =>
    Promise.all(hosted.flatMap(({ name }) => hosts.get(name) ?? []));
  const setRoute = async (from: Known, to: Known, change: 1 | -1) => {
    const pair = `${from.name} ${to.name}`;
    const count = (cuts.get(pair) ?? 0) + change;
    cuts.set(pair, count);
    const neighbour = ['-netns', from.namespace, 'neighbour'];
    if (change === 1 && count === 1)
      await run(ip, [...neighbour, 'replace', to.host, 'lladdr', NOWHERE, 'nud', 'permanent', 'dev', 'eth0']);
    if (change === -1 && count === 0) await run(ip, [...neighbour, 'delete', to.host, 'dev', 'eth0']);
  };

  return {
    host(name) {
      const found = hosts.get(name) ?? add(name, hosts.size);
      hosts.set(name, found);
      return found;
    },
    async cut(some, others) {
      const [left, right] = [await known(some), await known(others)];
      const each = (change: 1 | -1) =>
        Promise.all(
          left.flatMap((one) =>
            right
              .filter(({ name }) => name !== one.name)
              .flatMap((other) => [setRoute(one, other, change), setRoute(other, one, change)]),
          ),
        );
      await each(1);
      return async () => {
        await each(-1);
      };
    },
    async close() {
      for (const host of hosts.values()) await run(ip, ['netns', 'delete', (await host).namespace]);
      await run(ip, ['link', 'delete', bridge]);
    },
  };
}

/** A /24 that no interface here has. Runs side by side begin their search at different places. */
async function freeSubnet(ip: string): Promise<number> {
  const { stdout } = await run(ip, ['-oneline', '-4', 'address']);
  for (let step = 0; step < 256; step += 1) {
    const subnet = (process.pid + step) % 256;
    if (!stdout.includes(` ${PREFIX}.${subnet}.`)) return subnet;
  }
  throw new Error('expected a free subnet');
}
