import { parseArgs } from 'node:util';
import { JUDGES, type JudgeName } from '../judge/index.js';
import { NETWORK_NAMES, type NetworkName } from '../network/index.js';

/** The options of the command line. */
export type CliOptions = {
  readonly host: string;
  readonly port: number;
  readonly network: NetworkName;
  readonly blockMs: number;
  readonly judge: JudgeName;
  /** HTTP fronts on one ledger. All but the first listen on any free port. */
  readonly fronts: number;
  readonly projectId?: string;
  readonly mempoolBytes?: number;
};

export const USAGE = `Usage: node dist/main.js [options]
  --host HOST           listen here                         (127.0.0.1)
  --port PORT           0 takes a free one                  (0)
  --network NAME        ${NETWORK_NAMES.join(', ')}           (preview)
  --block-ms MS         a block this often; 0 on request    (1000)
  --judge NAME          ${JUDGES.join(', ')}: who judges submissions (second)
  --fronts N            HTTP fronts on the one ledger       (1)
  --project-id ID       demand this project_id              (any)
  --mempool-bytes N     room in the mempool                 (16777216)
`;

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new RangeError(`--${name}: expected a whole number from ${min} to ${max}, found '${text}'`);
  }
  return value;
}

function oneOf<Name extends string>(option: string, names: readonly Name[], text: string): Name {
  const name = names.find((candidate) => candidate === text);
  if (name === undefined) throw new RangeError(`--${option}: expected ${names.join(', ')}, found '${text}'`);
  return name;
}

/**
 * Reads the command line.
 *
 * @returns `help` for `--help`.
 * @throws TypeError for an unknown option, RangeError for a value out of range.
 */
export function parseCli(args: readonly string[]): CliOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      network: { type: 'string', default: 'preview' },
      'block-ms': { type: 'string', default: '1000' },
      judge: { type: 'string', default: 'second' },
      fronts: { type: 'string', default: '1' },
      'project-id': { type: 'string' },
      'mempool-bytes': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const projectId = values['project-id'];
  const mempoolBytes = values['mempool-bytes'];
  return {
    host: values.host,
    port: wholeNumber('port', values.port, 0, 65_535),
    network: oneOf('network', NETWORK_NAMES, values.network),
    blockMs: wholeNumber('block-ms', values['block-ms'], 0, 3_600_000),
    judge: oneOf('judge', JUDGES, values.judge),
    fronts: wholeNumber('fronts', values.fronts, 1, 16),
    ...(projectId === undefined ? {} : { projectId }),
    ...(mempoolBytes === undefined
      ? {}
      : { mempoolBytes: wholeNumber('mempool-bytes', mempoolBytes, 1, Number.MAX_SAFE_INTEGER) }),
  };
}
