import type { ProviderResult } from './index.js';

/** The result as tables of Markdown. */
export function describeProvider(result: ProviderResult): string {
  const { payment, follower, idle, outages } = result;
  const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return `Calls are counted by the devnet, not by us.

### One first-time payment

${row('step', 'provider calls')}
${row('---', '--:')}
${row('verify', payment.verify)}
${row('verify again, within the cache time', payment.verifyAgain)}
${row('settle (fresh facts, submission)', payment.settle)}
${row('confirm', payment.confirm)}
${row('verify + settle + confirm', payment.total)}

### Following the chain

Four looks at the tip per block, one transaction of a stranger in each block.

${row('pending settlements', 'blocks', 'calls per block')}
${row('--:', '--:', '--:')}
${follower.map(({ pending, blocks, callsPerBlock }) => row(pending, blocks, callsPerBlock)).join('\n')}

Most over fewest: ${result.followerSpread}.

### Idle

${idle.calls} calls in ${idle.seconds} s with \`/health\` read every second: ${idle.callsPerMinute} per minute.

### The primary fails

\`/verify\` with nothing cached, so that each reads the chain; milliseconds.

${row('primary', 'p99 before', 'slowest until the breaker was open', 'p99 after', 'added', 'refused', 'a payment settled')}
${row('---', '--:', '--:', '--:', '--:', '--:', '---')}
${outages
  .map((o) =>
    row(
      o.kind,
      o.p99BeforeMs,
      o.worstWhileOpeningMs,
      o.p99AfterMs,
      o.addedP99Ms,
      o.refused,
      o.settled ? 'yes' : 'no',
    ),
  )
  .join('\n')}`;
}
