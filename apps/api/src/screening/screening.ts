import type { DeniedParties } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Screen, Screened } from '@x402-facilitator/shared/screening';
import type { Logger, ScreeningMetrics } from '@x402-facilitator/shared/telemetry';
import { unlessSilent } from '../unless-silent.js';
import { openDenyFile } from './deny-file.js';
import { createScreeningService } from './screening-service.js';

/** A journal that is silent for so long could not accept the settlement either. */
const SILENT_JOURNAL_MS = 500;
/** Between two lines in the log about a service that has no answers. */
const WARN_EVERY_MS = 10_000;

/** Whether the parties of a payment are served. */
export type Screening = {
  /** Rejects where `screening.denyFile` cannot be read: no payment may be taken then. */
  readonly ready: Promise<void>;
  /** @throws JournalUnavailableError when Redis does not answer. */
  readonly screen: Screen;
  close(): void;
};

/**
 * Opens what the configuration screens by: the file first, then what operators denied, then the service, each only asked of whom
 * those before it serve.
 *
 * @returns undefined where screening is off.
 */
export function openScreening(options: {
  readonly settings: Config['screening'];
  readonly denied: Pick<DeniedParties, 'isDenied'>;
  readonly metrics: ScreeningMetrics;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly clock: () => number;
}): Screening | undefined {
  const { settings, denied, metrics, logger, clock } = options;
  const { enabled, denyFile: path, service: asked } = settings;
  if (!enabled) return undefined;
  const file = path === undefined ? undefined : openDenyFile({ path, metrics, logger });
  const { url, whenUnavailable, ...asking } = asked;
  const service = url === undefined ? undefined : createScreeningService({ ...asking, url, metrics });
  if (service !== undefined) metrics.watchService();
  let warnedAtMs = Number.NEGATIVE_INFINITY;

  const askService: (...asked: Parameters<Screen>) => Promise<Screened | 'accepted_unscreened'> = async (
    parties,
  ) => {
    const answer = (await service?.isDenied(parties)) ?? CLEARED;
    if (answer.ok) return answer.value ? 'denied' : 'cleared';
    if (clock() - warnedAtMs >= WARN_EVERY_MS) {
      warnedAtMs = clock();
      logger.warn(
        { metadata: { reason: answer.error, whenUnavailable } },
        'the screening service gave no answer',
      );
    }
    return whenUnavailable === 'accept' ? 'accepted_unscreened' : 'unavailable';
  };

  const judge: typeof askService = async (parties) => {
    const { credentials } = parties;
    const byFile = file === undefined ? false : file.isDenied(credentials);
    if (byFile === undefined) return 'unavailable';
    if (byFile || (await unlessSilent(denied.isDenied(credentials), SILENT_JOURNAL_MS))) return 'denied';
    return askService(parties);
  };

  return {
    ready: file?.read ?? Promise.resolve(),
    async screen(parties) {
      const outcome = await judge(parties);
      metrics.screened(parties.network, outcome);
      return outcome === 'accepted_unscreened' ? 'cleared' : outcome;
    },
    close: () => file?.close(),
  };
}

const CLEARED = { ok: true, value: false } as const;
