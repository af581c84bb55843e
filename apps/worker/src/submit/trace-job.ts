import type { SubmitJob } from '@x402-facilitator/journal';
import { parseTraceparent, runAt, type Tracing } from '@x402-facilitator/shared/telemetry';

type ProcessJob = (job: SubmitJob) => Promise<void>;

/** Does a job where the request stood that enqueued it: in its trace, and with its ids on every line of the log. */
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
