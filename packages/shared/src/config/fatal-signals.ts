/** What native code dies of. There is nothing to say goodbye with: handled, the process would spin instead of ending. */
export const FATAL_SIGNALS = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP'] as const;
