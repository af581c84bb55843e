import type { SubmitJob } from '@x402-facilitator/journal';
import { parseTraceparent, runAt, type Tracing } from '@x402-facilitator/shared/telemetry';

type ProcessJob = (job: SubmitJob) => Promise<void>;

/** Runs a job in the trace of the request that enqueued it, with its ids on every log line. */
export function traceJob(process: ProcessJob, tracing: Tracing | undefined): ProcessJob {
  return (job) => {
    const { network, txHash } = job;
    const parent = parseTraceparent(job.traceparent);
    if (tracing !== undefined)
      return tracing.inSpan(
        'submit',
        {
          kind: 'consumer',
          parent,
          attributes: { 'x402.network': network, 'x402.transaction': txHash },
        },
        () => process(job),
      );
    return parent === undefined ? process(job) : runAt(parent, () => process(job));
  };
}
