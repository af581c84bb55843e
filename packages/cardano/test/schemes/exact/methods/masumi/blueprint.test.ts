import { createHash } from 'node:crypto';
import { applyDoubleCborEncoding, applyParamsToScript, validatorToScriptHash } from '@lucid-evolution/lucid';
import { deriveMasumiEscrows, type MasumiDeployment } from '@x402-facilitator/cardano';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { CANONICAL_ESCROW, MASUMI_BLUEPRINT } from '../../../../support/internals.js';
import { PARAMETERIZED_CODE } from '../../../../support/scripts.js';
import { faultOf, unwrap } from '../../../../support/unwrap.js';

/** A blueprint of ours with a validator of three parameters: the contract's own is not part of this repository. */
const BLUEPRINT = {
  preamble: { title: 'of this test', plutusVersion: 'v3' },
  validators: [
    { title: 'other.other.spend', compiledCode: '00' },
    { title: MASUMI_BLUEPRINT.validator, compiledCode: PARAMETERIZED_CODE },
  ],
};

function hashByLucid({ requiredAdmins, adminVkeys, cooldownPeriod }: MasumiDeployment): string {
  const parameters = [BigInt(requiredAdmins), [...adminVkeys], BigInt(cooldownPeriod)];
  const script = applyParamsToScript(applyDoubleCborEncoding(PARAMETERIZED_CODE), parameters);
  return validatorToScriptHash({ type: 'PlutusV3', script });
}

const PINNED = {
  digest: createHash('sha256')
    .update(canonicalize(BLUEPRINT) ?? '')
    .digest('hex'),
  validator: MASUMI_BLUEPRINT.validator,
  canonicalScriptHash: hashByLucid(CANONICAL_ESCROW.deployment),
};

const [FIRST = '', SECOND = ''] = CANONICAL_ESCROW.deployment.adminVkeys;
const CUSTOM: readonly MasumiDeployment[] = [
  { requiredAdmins: '1', adminVkeys: [FIRST], cooldownPeriod: '0' },
  { requiredAdmins: '2', adminVkeys: [FIRST, SECOND], cooldownPeriod: '420000' },
  { requiredAdmins: '2', adminVkeys: [SECOND, FIRST], cooldownPeriod: '420000' },
  { requiredAdmins: '2', adminVkeys: [FIRST, FIRST, SECOND], cooldownPeriod: '420000' },
];

describe('escrows of custom deployments', () => {
  test('have the hashes that Lucid computes, in the order of the deployments', () => {
    expect(unwrap(deriveMasumiEscrows(BLUEPRINT, CUSTOM, PINNED))).toEqual(
      CUSTOM.map((deployment) => ({ deployment, scriptHash: hashByLucid(deployment) })),
    );
  });

  test('differ by the order of the admins and by every repetition', () => {
    const escrows = unwrap(deriveMasumiEscrows(BLUEPRINT, CUSTOM, PINNED));
    expect(new Set(escrows.map(({ scriptHash }) => scriptHash)).size).toBe(CUSTOM.length);
  });

  test('need the blueprint that the scheme pins, its keys in any order', () => {
    const reordered = { validators: BLUEPRINT.validators, preamble: BLUEPRINT.preamble };
    expect(unwrap(deriveMasumiEscrows(reordered, CUSTOM, PINNED))).toHaveLength(CUSTOM.length);
    const another = { ...BLUEPRINT, more: 1 };
    expect(faultOf(deriveMasumiEscrows(another, CUSTOM, PINNED))).toContain(PINNED.digest);
    expect(faultOf(deriveMasumiEscrows(BLUEPRINT, CUSTOM))).toContain(MASUMI_BLUEPRINT.digest);
  });

  test('are none when the canonical deployment does not come out as the scheme says', () => {
    const wrong = { ...PINNED, canonicalScriptHash: CANONICAL_ESCROW.scriptHash };
    expect(faultOf(deriveMasumiEscrows(BLUEPRINT, CUSTOM, wrong))).toContain(
      'expected the canonical deployment to hash',
    );
  });

  test.each([null, 'text', {}, { validators: [] }, { validators: [null, 1] }])(
    'are none without the validator: %j',
    (blueprint) => {
      const digest = createHash('sha256')
        .update(canonicalize(blueprint) ?? '')
        .digest('hex');
      expect(faultOf(deriveMasumiEscrows(blueprint, CUSTOM, { ...PINNED, digest }))).toContain(
        'compiled code',
      );
    },
  );
});
