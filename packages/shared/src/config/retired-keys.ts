import type { Environment } from './environment.js';

/** What older versions read and this one does not, with what to say about it. */
const RETIRED = [
  {
    key: 'admin',
    variables: /^X402_ADMIN(?:_|$)/,
    instead: 'security.operatorKeys open /admin, which shows what /admin/queues showed',
  },
];

/** Takes out what is retired, so that a configuration of an older version loads, with a warning for each name. */
export function setRetiredAside(file: Readonly<Record<string, unknown>>, env: Environment) {
  const kept = { file: { ...file }, env: { ...env } };
  const warnings: string[] = [];
  for (const { key, variables, instead } of RETIRED) {
    const names = Object.keys(env).filter((name) => variables.test(name));
    if (Object.hasOwn(file, key)) names.unshift(key);
    warnings.push(...names.map((name) => `${name} does nothing any more: ${instead}`));
    delete kept.file[key];
    for (const name of names) delete kept.env[name];
  }
  return { ...kept, warnings };
}
