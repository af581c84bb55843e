/** Gives the current time in POSIX milliseconds; `Date.now` outside tests. */
export type Clock = () => number;
