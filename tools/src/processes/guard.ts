import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Reads `+PID`, `-PID` and `@DIRECTORY` lines until its input ends, which happens at the latest when the process that
 * writes them dies, however it dies. Then it ends whatever is still listed: politely, and after five seconds for good,
 * with everything in its process group.
 * A shell, because it costs a megabyte where a second Node costs forty.
 */
const GUARD_SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r line; do
  case $line in
    +*) pids="$pids\${line#+} " ;;
    -*) left=' '
        for pid in $pids; do [ "$pid" = "\${line#-}" ] || left="$left$pid "; done
        pids=$left ;;
    @*) set -- "$@" "\${line#@}" ;;
  esac
done
[ "$pids" = ' ' ] || kill -TERM $pids 2>/dev/null
for step in 1 2 3 4 5 6 7 8 9 10; do
  left=''
  for pid in $pids; do kill -0 "$pid" 2>/dev/null && left="$left $pid"; done
  [ -n "$left" ] || break
  sleep 0.5
done
for pid in $left; do kill -KILL -- "-$pid" 2>/dev/null; done
for directory in "$@"; do rm -rf -- "$directory"; done
`;

let guard: ChildProcess | undefined;

/** Ends `pid` should this process die without having done so itself, even by SIGKILL. */
export function guardProcess(pid: number): void {
  tell(`+${pid}`);
}

/** The process is gone: its id may belong to a stranger from now on. */
export function releaseProcess(pid: number): void {
  tell(`-${pid}`);
}

/**
 * Removes a temporary directory when this process ends, however it ends.
 *
 * @throws TypeError when the path could not be passed on in one line.
 */
export function guardDirectory(directory: string): void {
  if (!directory.startsWith('/') || /[\r\n]/.test(directory)) {
    throw new TypeError(`Expected an absolute path on one line, found ${JSON.stringify(directory)}`);
  }
  tell(`@${directory}`);
}

function tell(line: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

function startGuard(): ChildProcess {
  // In a session of its own, so that a Ctrl+C or a signal to our whole process group does not take it first.
  const child = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.once('error', () => {
    // Without a shell there is no guard; stop() still ends every process in the ordinary ways out.
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}
