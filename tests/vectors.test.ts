import { describe, expect, test } from 'vitest';
import { formatReports, pathsIn, runVectors, VECTORS } from './vectors/run-vectors.js';

const paths = pathsIn(VECTORS);
const isThere = Object.values(paths).every((path) => path !== undefined);

describe.skipIf(!isThere)(`the public’s ledger vectors (skipped where ${VECTORS} is not)`, () => {
  test('every payable transaction is judged as the public’s vectors say', () => {
    const reports = runVectors(paths);
    const differences = reports.flatMap(({ source, findings }) =>
      [...findings].flatMap(([name, finding]) =>
        finding.kind === 'differed'
          ? [`${source}, ${name}: expected ${finding.expected}, found ${finding.found}`]
          : [],
      ),
    );
    expect(differences, formatReports(reports)).toEqual([]);
    const agreed = reports.map(
      ({ findings }) => [...findings.values()].filter(({ kind }) => kind === 'agreed').length,
    );
    // Fewer would mean that something slipped out of scope.
    for (const [at, least] of [54, 558, 994, 1374, 51].entries())
      expect(agreed[at]).toBeGreaterThanOrEqual(least);
  });
});
