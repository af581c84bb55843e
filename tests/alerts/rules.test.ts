import { describe, expect, it } from 'vitest';
import { prometheusOrSkip } from '../support/prometheus.js';
import { ARCHIVE_CASES } from './cases/archive.js';
import { CHAIN_CASES } from './cases/chain.js';
import { CHANNEL_CASES } from './cases/channels.js';
import { HTTP_CASES } from './cases/http.js';
import { MACHINE_CASES } from './cases/machines.js';
import { REDIS_CASES } from './cases/redis.js';
import { SETTLEMENT_CASES } from './cases/settlement.js';
import { WALLET_CASES } from './cases/wallet.js';
import { WEBHOOK_CASES } from './cases/webhooks.js';
import { judgeCase } from './support/promtool.js';
import { alertRules } from './support/rule-files.js';

const programs = await prometheusOrSkip();

const rules = alertRules();
const CASES = {
  // It has no case in which it does not fire: that is what it is for.
  X402Watchdog: [{ name: 'nothing is wrong', series: {}, firing: { '0m': [{}], '60m': [{}] } }],
  ...HTTP_CASES,
  ...SETTLEMENT_CASES,
  ...ARCHIVE_CASES,
  ...CHANNEL_CASES,
  ...CHAIN_CASES,
  ...WALLET_CASES,
  ...REDIS_CASES,
  ...MACHINE_CASES,
  ...WEBHOOK_CASES,
};

it('every alert has a case in which it fires and one in which it never does', () => {
  expect(Object.keys(CASES).toSorted()).toEqual([...rules.keys()].toSorted());
  for (const [alert, cases] of Object.entries(CASES)) {
    if (alert === 'X402Watchdog') continue;
    const firesIn = cases.map(({ firing }) => Object.values(firing).some((alerts) => alerts.length > 0));
    expect(firesIn, alert).toContain(true);
    expect(firesIn, alert).toContain(false);
  }
});

it('every alert names its problem, its severity and its section of the runbook', () => {
  for (const [alert, { labels, annotations }] of rules) {
    const severities = alert === 'X402Watchdog' ? ['none'] : ['critical', 'warning', 'info'];
    expect(severities, alert).toContain(labels?.severity);
    expect(annotations, alert).toEqual({
      summary: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
      description: expect.stringMatching(/^(?!.*\.$).{20,}/),
      runbook_url: expect.stringMatching(/^https:\/\/[^#]+\/alerts\.md#[a-z-]+$/),
    });
  }
});

it('every alert whose value says something says it in words', () => {
  // What it says is 0 or 1: that something is so.
  const plain = /Watchdog|Down$|SelfCheckFails|PersistenceFailing|RefusesWrites|NotDurable|NoHealthyProvider/;
  const without = [...rules].filter(
    ([alert, { annotations }]) =>
      !plain.test(alert) && !annotations?.description?.includes('{{ $value | humanize'),
  );
  expect(without.map(([alert]) => alert)).toEqual([]);
});

describe.skipIf(programs === undefined).each(Object.entries(CASES))(
  '%s (skipped without promtool)',
  (alert, cases) => {
    it.each(cases)('is right when $name', (alertCase) => {
      const rule = rules.get(alert);
      if (rule === undefined) throw new Error(`deploy/prometheus/alerts.yml has no ${alert}`);
      expect(judgeCase(programs?.promtool ?? '', rule, alertCase)).toBe('');
    });
  },
);
