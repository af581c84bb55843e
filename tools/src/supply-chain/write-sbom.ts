import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import type { DeployedPackage, Tier } from './read-packages.js';

/**
 * The software bill of materials of a tier: CycloneDX 1.6 as JSON. It has no date and no random serial number: the same
 * packages give the same text, so that you can compare two releases.
 */
export function writeSbom(options: {
  readonly tier: Tier;
  /** The version of the tier itself. */
  readonly version: string;
  readonly packages: readonly DeployedPackage[];
}): string {
  const { tier, version, packages } = options;
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      component: new Models.Component(Enums.ComponentType.Application, `x402-facilitator-${tier}`, {
        version,
        bomRef: `x402-facilitator-${tier}@${version}`,
        licenses: new Models.LicenseRepository([new Models.LicenseExpression('Apache-2.0')]),
      }),
    }),
    components: new Models.ComponentRepository(packages.map(componentOf)),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf({ name, version, license, description }: DeployedPackage): Models.Component {
  const [group, bare] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return new Models.Component(Enums.ComponentType.Library, bare ?? name, {
    version,
    purl,
    bomRef: purl,
    ...(group === undefined ? {} : { group }),
    ...(description === undefined ? {} : { description }),
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(license)]),
  });
}
