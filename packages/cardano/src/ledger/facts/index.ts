export type {
  AssetFact,
  ChainAsset,
  ChainOutput,
  ChainPoint,
  FollowedFact,
  NetworkFacts,
  OutputFact,
  OutputFacts,
  ReferenceScript,
} from './chain-facts.js';
export type { ExecutionUnits, ProtocolParameters, Rational } from './protocol-parameters.js';
