import type { Result } from '../result.js';
import type { VerificationPolicy } from './policy.js';
import { quote } from './quote.js';
import { type Refusal, refuse } from './refusal.js';
import type { PaymentRequest } from './request.js';
import type { RequestStep, RequiredPayment, Scheme } from './scheme.js';

/** The schemes that a facilitator can offer. */
export interface SchemeRegistry {
  /** In the order in which `/supported` lists them. */
  readonly schemes: readonly Scheme[];
  readonly names: readonly string[];
  /** Answers for requests that cannot be read, and is the scheme of records that name none. */
  readonly fallback: Scheme;
  /** The scheme of this name, if it is served. */
  find(name: string): Scheme | undefined;
  /** The scheme of this name; the fallback for another name or none. */
  of(name: string | undefined): Scheme;
  /** Every code of every scheme, each once. */
  readonly allCodes: readonly string[];
  /** Every label that `AcceptedPayment.method` can have, each once. */
  readonly methods: readonly string[];
  /** Whether a code is not a verdict: the same request may be accepted when it is sent again. */
  isRetryable(code: string): boolean;
  /** Hands a request to the scheme that its requirements name; refuses a scheme that is not offered as `unsupported_scheme`. */
  read(request: PaymentRequest, policy: VerificationPolicy): Result<RequestStep, Refusal>;
  /** The same for requirements for which no payment exists yet. */
  readRequirements(
    requirements: PaymentRequest['paymentRequirements'],
    policy: VerificationPolicy,
  ): Result<RequiredPayment, Refusal>;
}

/** The code for a scheme that is not registered (x402 specification v2, section 9). */
const UNSUPPORTED_SCHEME = 'unsupported_scheme';

/**
 * Registers schemes; the first one is the fallback.
 *
 * @throws RangeError when two have the same name.
 * @example
 * const schemes = createSchemeRegistry([exactScheme]);
 * schemes.isRetryable(refusal.code);
 */
export function createSchemeRegistry(schemes: readonly [Scheme, ...Scheme[]]): SchemeRegistry {
  const byName = new Map(schemes.map((scheme) => [scheme.name, scheme]));
  const names = [...byName.keys()];
  if (names.length < schemes.length) throw new RangeError(`expected schemes of different names: ${names}`);
  const unsupported = (name: string, policy: VerificationPolicy) => {
    const offered = schemes
      .filter((scheme) => scheme.isOffered(policy))
      .map((scheme) => JSON.stringify(scheme.name));
    const expected = offered.join(' or ');
    return refuse(
      UNSUPPORTED_SCHEME,
      `paymentRequirements.scheme: expected ${expected}, found ${quote(name)}`,
    );
  };
  const offered = (name: string, policy: VerificationPolicy) => {
    const scheme = byName.get(name);
    return scheme?.isOffered(policy) ? scheme : undefined;
  };
  return {
    schemes,
    names,
    fallback: schemes[0],
    find: (name) => byName.get(name),
    of: (name = '') => byName.get(name) ?? schemes[0],
    allCodes: [...new Set([UNSUPPORTED_SCHEME, ...schemes.flatMap(({ allCodes }) => allCodes)])],
    methods: [...new Set(schemes.flatMap(({ methods }) => methods))],
    isRetryable: (code) => schemes.some((scheme) => scheme.isRetryable(code)),
    read(request, policy) {
      const { scheme } = request.paymentRequirements;
      return offered(scheme, policy)?.read(request, policy) ?? unsupported(scheme, policy);
    },
    readRequirements(requirements, policy) {
      const { scheme } = requirements;
      return offered(scheme, policy)?.readRequirements(requirements, policy) ?? unsupported(scheme, policy);
    },
  };
}
