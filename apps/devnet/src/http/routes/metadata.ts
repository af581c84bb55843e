import { labelKey } from '../../ledger/index.js';
import { failure, notFound, ok } from '../answer.js';
import { isAnswer, pageOf, parsePage } from '../pagination.js';
import { get, param, type Route, type RouteContext } from '../route.js';

const LABEL = /^\d{1,20}$/;

function ofLabel(context: RouteContext) {
  const label = param(context, 'label');
  if (!LABEL.test(label)) return failure(400, 'Missing, out of range or malformed label.');
  if (!context.view.knows(labelKey(label))) return notFound();
  const page = parsePage(context.query);
  if (isAnswer(page)) return page;
  return ok(
    pageOf(context.view.transactions(labelKey(label)), page).map(({ id, details }) => ({
      tx_hash: id,
      json_metadata: details.metadata.find((entry) => entry.label === label)?.json ?? null,
    })),
  );
}

function labels({ ledger, view, query }: RouteContext) {
  const page = parsePage(query);
  if (isAnswer(page)) return page;
  const known = ledger.chain.index.keys(labelKey('')).flatMap((key) => {
    const count = view.transactions(key).length;
    return count === 0 ? [] : [{ label: key.slice(labelKey('').length), count }];
  });
  return ok(pageOf(known, page).map(({ label, count }) => ({ label, cip10: null, count: String(count) })));
}

export const metadataRoutes: readonly Route[] = [
  get('/metadata/txs/labels', labels),
  get('/metadata/txs/labels/{label}', ofLabel),
];
