import { type Network, parseNetwork } from '@x402-facilitator/cardano';
import {
  type Config,
  type MasumiEscrows,
  scriptDeadlineOf,
  servedNetworks,
  verificationPolicyOf,
} from '@x402-facilitator/shared/config';
import { createVerifier, type Verifier, type VerifierOptions } from '@x402-facilitator/shared/verification';

/** Judges each payment by the policy of the network that its requirements name. */
export function createVerifierByNetwork(
  config: Config,
  dependencies: Pick<
    VerifierOptions,
    'chains' | 'clock' | 'validatorThreads' | 'scriptLane' | 'onTimed' | 'aroundStage'
  >,
  masumiEscrows?: MasumiEscrows,
): Verifier {
  const networks = servedNetworks(config);
  const createFor = (network: Network) =>
    createVerifier({
      ...dependencies,
      policy: verificationPolicyOf(config, network, masumiEscrows),
      scriptDeadlineMs: scriptDeadlineOf(config, network),
    });
  const verifiers = new Map(networks.map((network) => [network, createFor(network)]));
  // A network that is not served is refused by the rule that says so, which every policy has.
  const [first] = verifiers.values();
  return async (request, options) => {
    const network = parseNetwork(request.paymentRequirements.network);
    const verifier = (network === undefined ? undefined : verifiers.get(network)) ?? first;
    if (verifier === undefined) throw new RangeError('expected at least one served network, found none');
    return verifier(request, options);
  };
}
