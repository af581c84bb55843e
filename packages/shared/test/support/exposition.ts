/** One scrape, read by the text exposition format 0.0.4. */
export type Scrape = {
  readonly types: ReadonlyMap<string, string>;
  /** The value of the one sample with these labels (it may have more); undefined without one. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** Every value of a label that occurs under this name. */
  labelValues(name: string, label: string): readonly string[];
};

type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

/** @throws SyntaxError on a line that the format does not know, or a sample without a type. */
export function parseExposition(text: string): Scrape {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) types.set(typed, type);
    else if (line !== '' && !line.startsWith('# HELP ')) samples.push(parseSample(line));
  }
  for (const { name } of samples)
    if (!types.has(name) && !types.has(name.replace(/_(?:bucket|sum|count)$/, '')))
      throw new SyntaxError(`a sample of ${name} has no type`);
  return {
    types,
    value(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      if (found.length > 1) throw new RangeError(`${found.length} samples of ${name} have these labels`);
      return found[0]?.value;
    },
    labelValues: (name, label) => [
      ...new Set(
        samples.filter((sample) => sample.name === name).flatMap(({ labels }) => labels[label] ?? []),
      ),
    ],
  };
}

function parseSample(line: string): Sample {
  const [, name, labelText = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new SyntaxError(`not a sample: ${line}`);
  const pairs = [...labelText.matchAll(LABEL)];
  if (pairs.map(([text]) => text).join('') !== labelText) throw new SyntaxError(`not labels: ${labelText}`);
  const labels = Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text]));
  return { name, labels, value: Number(value) };
}

/** Scrapes a listener. */
export async function scrape(baseUrl: string): Promise<Scrape> {
  const response = await fetch(`${baseUrl}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return parseExposition(await response.text());
}
