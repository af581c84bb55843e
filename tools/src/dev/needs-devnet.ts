import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The settings that name a real chain API. With any of them the devnet stays off. */
const CHAIN_VARIABLES = [
  'X402_CHAIN__BLOCKFROST__PROJECT_ID',
  'X402_CHAIN__BLOCKFROST__PROJECT_ID_FILE',
  'X402_CHAIN__BLOCKFROST__URL',
];

/** True when neither the environment nor the configuration file names a chain API. */
export function needsDevnet(env: NodeJS.ProcessEnv, root: string): boolean {
  if (CHAIN_VARIABLES.some((name) => (env[name] ?? '') !== '')) return false;
  const { projectId, url } = readConfigFile(env.X402_CONFIG ?? join(root, 'config/config.json'));
  return (projectId ?? '') === '' && (url ?? '') === '';
}

function readConfigFile(path: string): { projectId?: string; url?: string } {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as {
      chain?: { blockfrost?: { projectId?: string; url?: string } };
    };
    return file.chain?.blockfrost ?? {};
  } catch {
    // The file is missing or malformed: the apps report that in full.
    return {};
  }
}
