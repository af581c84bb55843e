/**
 * Gives a function that runs callbacks in their order, so many in each turn of the event loop. What arrives meanwhile is
 * served between the turns.
 *
 * @param gatherMs how long a crowd waits after its first turn.
 */
export function createTurns(perTurn: number, gatherMs: number): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  let turns = 0;
  const run = () => {
    const now = waiting.splice(0, perTurn);
    turns = waiting.length > 0 ? turns + 1 : 0;
    if (turns === 2) setTimeout(run, gatherMs);
    else if (turns > 2) setImmediate(run);
    for (const callback of now) callback();
  };
  return (callback) => {
    waiting.push(callback);
    if (turns > 0) return;
    turns = 1;
    setImmediate(run);
  };
}
