import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  BullBoardRequest,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';
import type { OpenSubmitQueue } from '@x402-facilitator/journal';
import ejs from 'ejs';

/** What Bull Board asks a web server to serve. */
export type QueueBoard = {
  /** Paths at which its page is, below the board's own. */
  readonly pagePaths: readonly string[];
  /** The page as HTML. */
  page(): Promise<string>;
  /** Folder of its scripts, styles and images, served under `static/`. */
  readonly staticFolder: string;
  /** What its page reads. Routes that change something are left out. */
  readonly reads: readonly {
    readonly path: string;
    answer(request: Pick<BullBoardRequest, 'params' | 'query'>): Promise<{ status: number; body: unknown }>;
  }[];
};

/** The page would fetch a typeface from Google; without it, it uses the system's. */
const FOREIGN_LINK = /<link[^>]+href="https?:[^>]*>/g;

const UI_CONFIG: UIConfig = {
  boardTitle: 'x402 facilitator',
  hideDocsLink: true,
  hideRedisDetails: true,
  locale: { lng: 'en-US' },
};

/**
 * Bull Board's pages over these queues, read only: a job says only which settlement to look after. To change something
 * there is `pnpm ops`, which does it in an order that harms no payment.
 *
 * Bull Board's own server adapters need a newer Node than ours, and they serve the routes that change queues.
 *
 * @param basePath where it is served, without a slash at its end.
 */
export function createQueueBoard(queues: readonly OpenSubmitQueue[], basePath: string): QueueBoard {
  const uiFolder = join(
    dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
    'dist',
  );
  const served = collectRoutes();
  createBullBoard({
    queues: queues.map(
      (queue) =>
        new BullMQAdapter(queue, {
          readOnlyMode: true,
          externalJobUrl: ({ id }) => ({ displayText: 'The payment', href: `/status/${id}` }),
        }),
    ),
    serverAdapter: served.adapter,
    options: { uiConfig: UI_CONFIG },
  });
  const { entry, api, queuesByName, uiConfig } = served.collected();
  return {
    pagePaths: [entry.route].flat(),
    async page() {
      const { name, params } = entry.handler({ basePath, uiConfig });
      const html = await ejs.renderFile(join(uiFolder, name), params);
      return html.replace(FOREIGN_LINK, '');
    },
    staticFolder: join(uiFolder, 'static'),
    reads: api
      .filter(({ method }) => [method].flat().every((one) => one === 'get'))
      .flatMap(({ route, handler }) =>
        [route].flat().map((path) => ({
          path,
          async answer({ params, query }: Pick<BullBoardRequest, 'params' | 'query'>) {
            const { status = 200, body } = await handler({
              queues: queuesByName,
              uiConfig,
              params,
              query,
              body: {},
              headers: {},
            });
            return { status, body };
          },
        })),
      ),
  };
}

type Collected = {
  readonly entry: AppViewRoute;
  readonly api: readonly AppControllerRoute[];
  readonly queuesByName: BullBoardQueues;
  readonly uiConfig: UIConfig;
};

/** A server adapter that only records what it is asked to serve. */
function collectRoutes(): { readonly adapter: IServerAdapter; collected(): Collected } {
  let entry: AppViewRoute | undefined;
  let api: readonly AppControllerRoute[] = [];
  let queuesByName: BullBoardQueues = new Map();
  let uiConfig: UIConfig = {};
  const adapter: IServerAdapter = {
    setQueues(queues) {
      queuesByName = queues;
      return adapter;
    },
    setEntryRoute(route) {
      entry = route;
      return adapter;
    },
    setApiRoutes(routes) {
      api = routes;
      return adapter;
    },
    setUIConfig(config) {
      uiConfig = config;
      return adapter;
    },
    setViewsPath: () => adapter,
    setStaticPath: () => adapter,
    setErrorHandler: () => adapter,
  };
  return {
    adapter,
    collected() {
      if (entry === undefined) throw new TypeError('expected Bull Board to name its page');
      return { entry, api, queuesByName, uiConfig };
    },
  };
}
