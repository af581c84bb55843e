import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Reads `+PID`, `-PID`, `!COMMAND` and `@DIRECTORY` lines until its input ends: at the latest when the process that writes
 * them dies, in whatever way. Then it ends every process that is still listed, by SIGTERM, and after five seconds by SIGKILL
 * to its whole group; it runs the commands; and it removes the directories. It is a shell because that takes one megabyte,
 * and another Node takes forty.
 */
const GUARD_SCRIPT = `
trap '' INT TERM HUP
pids=' '
commands=''
while read -r line; do
  case $line in
    +*) pids="$pids\${line#+} " ;;
    -*) left=' '
        for pid in $pids; do [ "$pid" = "\${line#-}" ] || left="$left$pid "; done
        pids=$left ;;
    !*) commands="$commands\${line#!}
" ;;
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
eval "$commands"
for directory in "$@"; do rm -rf -- "$directory"; done
`;

let guard: ChildProcess | undefined;

/** Ends `pid` when this process dies first, even by SIGKILL. */
export function guardProcess(pid: number): void {
  send(`+${pid}`);
}

/** Call it when the process has ended: its id may now belong to another one. */
export function releaseProcess(pid: number): void {
  send(`-${pid}`);
}

/**
 * Removes a temporary directory when this process ends, in whatever way.
 *
 * @throws TypeError for a path that is relative or has more than one line
 */
export function guardDirectory(directory: string): void {
  if (!directory.startsWith('/') || /[\r\n]/.test(directory)) {
    throw new TypeError(`Expected an absolute path on one line, found ${JSON.stringify(directory)}`);
  }
  send(`@${directory}`);
}

/**
 * Runs a shell command when this process ends, in whatever way, after its processes were ended. It must do no harm when there
 * is nothing left to undo.
 *
 * @throws TypeError for a command of more than one line
 */
export function guardCommand(command: string): void {
  if (/[\r\n]/.test(command)) throw new TypeError(`Expected one line, found ${JSON.stringify(command)}`);
  send(`!${command}`);
}

function send(line: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

function startGuard(): ChildProcess {
  // In a session of its own, so that Ctrl+C or a signal to the whole process group does not end it first.
  const child = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.once('error', () => {
    // Without a shell there is no guard, and stop() still ends every process.
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}
