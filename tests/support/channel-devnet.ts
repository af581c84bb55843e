import type { Stack } from '@x402-facilitator/tools/stack';

/** The clock of a devnet, which is ahead of this machine's by what was passed. It never runs backwards. */
export function devnetClock(stack: () => Stack) {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    async pass(ms: number): Promise<void> {
      offsetMs += ms;
      const { control, devnet } = stack();
      const answer = await fetch(`${devnet.controlUrl}/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ offsetMs }),
      });
      if (answer.status !== 200) throw new Error(`the devnet did not move its clock: ${await answer.text()}`);
      await control.forge();
    },
  };
}
