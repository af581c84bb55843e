/**
 * Gives a function that runs callbacks in their order, so many in each turn of the event loop. What arrives meanwhile is
 * served between the turns.
 */
export function createTurns(perTurn: number): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  let isUnderWay = false;
  const run = () => {
    const now = waiting.splice(0, perTurn);
    isUnderWay = waiting.length > 0;
    if (isUnderWay) setImmediate(run);
    for (const callback of now) callback();
  };
  return (callback) => {
    waiting.push(callback);
    if (isUnderWay) return;
    isUnderWay = true;
    setImmediate(run);
  };
}
