import { alertRules } from '../alerts/support/rule-files.js';
import type { Section } from './operator.js';
import { type Programs, type Site, type SiteOptions, startSite } from './site.js';

/** Something that goes wrong, and what an operator does about it. */
export type Incident = {
  readonly name: string;
  /** What happens, for people. */
  readonly what: string;
  /** The alert that tells. */
  readonly alert: string;
  /** The section that the alert names; further ones are those that it leads to. */
  readonly page: Section;
  readonly site?: Pick<SiteOptions, 'settings' | 'otherRelease'>;
  /** API keys and the like, of the callers that have to be served before and after. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Callers' headers afterwards, where they differ. */
  readonly headersAfter?: Readonly<Record<string, string>>;
  /** Prepares what it needs, before it happens. */
  readonly prepare: (site: Site) => Promise<Course>;
};

/** How one incident takes its course. */
export type Course = {
  /** Makes it happen. What it returns ends what goes on. */
  bringAbout(): Promise<(() => Promise<void>) | undefined>;
  /** Does what the pages say, by their own commands. */
  follow(): Promise<void>;
  /** Throws unless what else has to be true afterwards is, besides that payments settle again. */
  check?(): Promise<void>;
};

export type IncidentReport = {
  readonly incident: Incident;
  readonly rules: SiteOptions['rules'];
  readonly severity: string;
  /** What the rule waits for before it fires; undefined for a rule that does not wait. */
  readonly waits: string | undefined;
  /** Seconds from the beginning until the alert fires. */
  readonly toldAfter: number;
  /** Seconds from then on until everything that the pages say is done. */
  readonly pagesTook: number;
  /** Seconds from the beginning until payments settle again and every API says that it is healthy. */
  readonly wholeAfter: number;
  /** Whatever fired. */
  readonly fired: readonly string[];
};

/** @throws Error when the alert does not fire, a command of a page fails, or the site is not whole afterwards */
export async function runIncident(
  incident: Incident,
  options: {
    readonly programs: Programs;
    readonly rules: SiteOptions['rules'];
    readonly announce: (line: string) => void;
  },
): Promise<IncidentReport> {
  const { alert, headers } = incident;
  const { announce, rules } = options;
  const rule = alertRules().get(alert);
  if (rule === undefined) throw new Error(`there is no alert ${alert}`);
  announce(`${incident.name}: ${incident.what}`);
  const site = await startSite({ ...options, ...incident.site });
  let end: (() => Promise<void>) | undefined;
  try {
    await site.works(headers);
    const course = await incident.prepare(site);
    await site.watch.untilCleared(alert);
    announce('  payments settle, and nothing is wrong');

    const beganMs = performance.now();
    const seconds = () => (performance.now() - beganMs) / 1000;
    end = await course.bringAbout();
    await site.watch.untilFiring(alert);
    const toldAfter = seconds();
    announce(`  ${alert} fires after ${toldAfter.toFixed(1)} s`);
    await course.follow();
    const pagesTook = seconds() - toldAfter;
    await site.works(incident.headersAfter ?? headers);
    await course.check?.();
    const wholeAfter = seconds();
    announce(`  whole again after ${wholeAfter.toFixed(1)} s`);
    await end?.();
    // By the rules as they are some take a quarter of an hour to look back over.
    if (rules === 'shortened') await site.watch.untilCleared(alert);
    const fired = (await site.watch.everFiring(seconds())).filter((name) => name !== 'X402Watchdog');
    return {
      incident,
      rules,
      severity: rule.labels?.severity ?? '',
      waits: rule.for,
      toldAfter,
      pagesTook,
      wholeAfter,
      fired,
    };
  } finally {
    await end?.().catch(() => undefined);
    await site.close();
  }
}
