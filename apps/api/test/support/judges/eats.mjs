/** Takes all the memory that there is, but when it is warmed up. */
export default function judge({ transactionHex }) {
  const eaten = [];
  while (transactionHex !== '') eaten.push(new Array(100_000).fill({}));
  return { kind: 'accepted' };
}
