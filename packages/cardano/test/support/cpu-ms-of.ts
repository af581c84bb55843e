/**
 * The CPU time in milliseconds that this process spends on some work. Unlike time by the clock, it says the same on a machine that
 * does much else, so a bound on it finds work that grows without end.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
