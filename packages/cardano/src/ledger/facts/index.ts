export type {
  AssetFact,
  ChainAsset,
  ChainOutput,
  ChainPoint,
  NetworkFacts,
  OutputFact,
  OutputFacts,
  ReferenceScript,
} from './chain-facts.js';
export type { ExecutionUnits, ProtocolParameters, Rational } from './protocol-parameters.js';
