/** Never answers, but when it is warmed up. */
export default function judge({ transactionHex }) {
  while (transactionHex !== '');
  return { kind: 'accepted' };
}
