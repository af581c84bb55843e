/** Refuses everything. */
export default function judge() {
  return { kind: 'refused', reason: { phase: 1, rule: 'Contrary', message: 'it is a test' } };
}
