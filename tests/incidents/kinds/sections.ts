import type { Section } from '../operator.js';

const on =
  (page: string) =>
  (heading: string): Section => ({ page, heading });

export const alerts = on('alerts.md');
export const change = on('change.md');
export const recover = on('recover.md');
export const wallet = on('wallet.md');
