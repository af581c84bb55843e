/** Accepts everything. */
export default function judge() {
  return { kind: 'accepted' };
}
