import { findProgram, type InstallOptions, installPackage } from '../debian/index.js';

/** Paths of a Prometheus and of the tool that checks its files. */
export type PrometheusPrograms = {
  readonly prometheus: string;
  readonly promtool: string;
};

export type Provision =
  | ({ readonly kind: 'available' } & PrometheusPrograms)
  /** `reason` says in one line what is missing and how to give it. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export type ProvideOptions = Partial<InstallOptions>;

/**
 * `prometheus` and `promtool` from PATH, else installed by apt-get or brew (both packages hold both programs), unless
 * `PROMETHEUS_INSTALL=never` forbids it. Never throws.
 */
export async function providePrometheus(options: ProvideOptions = {}): Promise<Provision> {
  const { env = process.env, announce = () => {} } = options;
  const here = await find(env, options.usualPlaces);
  if (here !== undefined) return here;

  const installation = await installPackage(
    {
      programs: ['prometheus'],
      apt: 'prometheus',
      brew: 'prometheus',
      services: ['prometheus'],
      forbiddenBy: 'PROMETHEUS_INSTALL',
    },
    { ...options, env, announce },
  );
  const found = installation.kind === 'installed' ? await find(env, options.usualPlaces) : undefined;
  if (found !== undefined) return found;
  const why =
    installation.kind === 'installed' ? 'there is a prometheus without promtool' : installation.reason;
  return {
    kind: 'unavailable',
    reason: `Prometheus is not here (${why}): put prometheus and promtool on PATH, or \`sudo apt-get install prometheus\``,
  };
}

async function find(
  env: NodeJS.ProcessEnv,
  usualPlaces: readonly string[] | undefined,
): Promise<Provision | undefined> {
  const prometheus = await findProgram(['prometheus'], env, usualPlaces);
  const promtool = await findProgram(['promtool'], env, usualPlaces);
  if (prometheus === undefined || promtool === undefined) return undefined;
  return { kind: 'available', prometheus, promtool };
}
