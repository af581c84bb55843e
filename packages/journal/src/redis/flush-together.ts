import type { Redis } from 'ioredis';

/**
 * Lets the commands of one turn of the event loop leave in one write. Under load many requests are at Redis in the same
 * turn, and a system call for each command is the greatest part of what a command costs. Unlike ioredis's automatic
 * pipelines it leaves the commands themselves alone.
 */
export function flushTogether(redis: Redis): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write;
    let isCorked = false;
    const uncork = () => {
      isCorked = false;
      stream.uncork();
    };
    stream.write = (...parts: unknown[]) => {
      if (!isCorked) {
        isCorked = true;
        stream.cork();
        setImmediate(uncork);
      }
      return Reflect.apply(write, stream, parts);
    };
  });
}
