import { describe, expect, it } from 'vitest';
import { prometheusOrSkip } from '../support/prometheus.js';
import { CHAIN_CASES } from './cases/chain.js';
import { HTTP_CASES } from './cases/http.js';
import { MACHINE_CASES } from './cases/machines.js';
import { REDIS_CASES } from './cases/redis.js';
import { SETTLEMENT_CASES } from './cases/settlement.js';
import { WALLET_CASES } from './cases/wallet.js';
import { judgeCase } from './support/promtool.js';
import { alertRules } from './support/rule-files.js';

const programs = await prometheusOrSkip();

const rules = alertRules();
const CASES = {
  ...HTTP_CASES,
  ...SETTLEMENT_CASES,
  ...CHAIN_CASES,
  ...WALLET_CASES,
  ...REDIS_CASES,
  ...MACHINE_CASES,
};

it('every alert has a case in which it fires and one in which it never does', () => {
  expect(Object.keys(CASES).toSorted()).toEqual([...rules.keys()].toSorted());
  for (const [alert, cases] of Object.entries(CASES)) {
    const firesIn = cases.map(({ firing }) => Object.values(firing).some((alerts) => alerts.length > 0));
    expect(firesIn, alert).toContain(true);
    expect(firesIn, alert).toContain(false);
  }
});

it('every alert names its problem, its severity and its section of the runbook', () => {
  for (const [alert, { labels, annotations }] of rules) {
    expect(['critical', 'warning', 'info'], alert).toContain(labels?.severity);
    expect(annotations, alert).toEqual({
      summary: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
      runbook_url: expect.stringMatching(/^docs\/operations\/alerts\.md#[a-z-]+$/),
    });
  }
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
