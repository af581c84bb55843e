import { join } from 'node:path';
import { type ManagedProcess, onFreePort, type Place, startProcess } from '../processes/index.js';
import { baseEnvironment, type Environment } from './environment.js';
import { type App, entryPoint, ROOT } from './repository.js';

/** A process of the stack and where it listens. */
export type AppProcess = {
  readonly url: string;
  readonly process: ManagedProcess;
};

export type AppOptions = {
  readonly app: App;
  /** Its name in logs and messages: "api-1". */
  readonly name: string;
  readonly env: Environment;
  readonly logDirectory: string;
  readonly place: Place;
  /** The environment variable that takes its port. */
  readonly portVariable: string;
  /** The path that answers 2xx once it is ready. */
  readonly readyPath: string;
};

/** Starts a built app on a free port and waits until it is ready. */
export function startApp(options: AppOptions): Promise<AppProcess> {
  const { app, name, env, logDirectory, place, portVariable, readyPath } = options;
  return onFreePort(async (port) => {
    const url = `http://${place.host}:${port}`;
    const process = await startProcess({
      name,
      command: globalThis.process.execPath,
      args: ['--enable-source-maps', entryPoint(app)],
      place,
      cwd: ROOT,
      env: { ...baseEnvironment(), ...env, [portVariable]: String(port) },
      logFile: join(logDirectory, `${name}.log`),
      ready: { kind: 'http', url: `${url}${readyPath}` },
    });
    return { url, process };
  });
}
