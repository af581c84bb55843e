export type {
  AssetFact,
  ChainAsset,
  ChainOutput,
  ChainPoint,
  NetworkFacts,
  OutputFact,
  OutputFacts,
  ReferenceScript,
} from './facts.js';
export type { ExecutionUnits, ProtocolParameters, Rational } from './protocol-parameters.js';
