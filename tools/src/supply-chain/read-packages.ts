import { runPnpm } from '../pnpm/index.js';

/** The tiers that are deployed, each as an image of its own. */
export const TIERS = ['api', 'worker'] as const;

export type Tier = (typeof TIERS)[number];

/** A foreign package that runs in production. */
export type DeployedPackage = {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or what its author wrote instead. */
  readonly license: string;
  readonly description?: string;
};

type Listed = Readonly<
  Record<string, readonly { name: string; versions: readonly string[]; description?: string }[]>
>;

/**
 * The production packages of a tier and of our own packages that it uses, sorted by name.
 *
 * @throws Error with pnpm's words when it cannot list them
 */
export function readDeployedPackages(tier: Tier): readonly DeployedPackage[] {
  const { status, stdout, stderr } = runPnpm([
    '--filter-prod',
    `@x402-facilitator/${tier}...`,
    ...['licenses', 'list', '--prod', '--json'],
  ]);
  if (status !== 0) throw new Error(`pnpm cannot list the packages of ${tier}: ${stdout}${stderr}`);
  const listed = JSON.parse(stdout) as Listed;
  return Object.entries(listed)
    .flatMap(([license, packages]) =>
      packages.flatMap(({ name, versions, description }) =>
        versions.map((version) => ({
          name,
          version,
          license,
          ...(description === undefined ? {} : { description }),
        })),
      ),
    )
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}
