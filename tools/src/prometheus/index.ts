export {
  type PrometheusPrograms,
  type ProvideOptions,
  type Provision,
  providePrometheus,
} from './provide-prometheus.js';
export {
  type Alert,
  type PrometheusHandle,
  type PrometheusOptions,
  type PrometheusTarget,
  type Sample,
  startPrometheus,
} from './start-prometheus.js';
