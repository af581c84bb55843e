/** Ends its thread, but when it is warmed up. */
export default function judge({ transactionHex }) {
  if (transactionHex !== '') process.exit(1);
  return { kind: 'accepted' };
}
