import { isTxHash } from '@x402-facilitator/cardano';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  type BlockTimer,
  type Fault,
  type Faults,
  faultSpec,
  type RequestCounts,
} from '../../control/index.js';
import { type Faucet, type GrantedOutput, TEST_TOKEN_POLICY } from '../../faucet/index.js';
import type { Block, Ledger, Submission } from '../../ledger/index.js';
import { failure } from '../answer.js';
import { blocksBody, clockBody, faucetBody, parseBody, rollbackBody } from './schemas.js';

/** What the control API of one front controls. */
export type Controls = {
  readonly ledger: Ledger;
  readonly faucet: Faucet;
  readonly timer: BlockTimer;
  readonly faults: Faults;
  readonly requests: RequestCounts;
};

const point = ({ hash, height, slot }: Block) => ({ hash, height, slot });
const blockJson = (block: Block) => ({
  ...point(block),
  transactions: block.transactions.map(({ id }) => id),
});
const faultJson = ({ id, spec, hits }: Fault) => ({ id, ...spec, hits });

function outputJson({ txHash, index, lovelace, assets }: GrantedOutput) {
  return {
    txHash,
    index,
    lovelace: lovelace.toString(),
    assets: [...assets].map(([name, quantity]) => ({
      unit: TEST_TOKEN_POLICY + name,
      quantity: quantity.toString(),
    })),
  };
}

function submissionJson(ledger: Ledger, [txHash, submission]: readonly [string, Submission]) {
  const onChain = isTxHash(txHash) && ledger.chain.transaction(txHash) !== undefined;
  return { txHash, ...submission, onChain };
}

function sendError(reply: FastifyReply, status: number, message?: string) {
  return reply.code(status).send(failure(status, message).body);
}

/** Puts the control API under `/devnet`. */
export function controlRoutes(app: FastifyInstance, controls: Controls): void {
  /** A route with a JSON body. It answers 400 and names every mistake when the body does not fit. */
  const post = <T extends z.ZodType>(
    path: string,
    schema: T,
    handle: (body: z.output<T>, reply: FastifyReply) => unknown,
  ): void => {
    app.post(path, (request, reply) => {
      const body = parseBody(schema, request.body);
      return body.ok ? handle(body.value, reply) : sendError(reply, 400, body.error);
    });
  };
  ledgerRoutes(app, controls, post);
  faultRoutes(app, controls, post);
  app.get('/requests', () => controls.requests.snapshot());
  app.delete('/requests', () => {
    controls.requests.clear();
    return controls.requests.snapshot();
  });
  submissionRoutes(app, controls);
}

type Post = <T extends z.ZodType>(
  path: string,
  schema: T,
  handle: (body: z.output<T>, reply: FastifyReply) => unknown,
) => void;

function ledgerRoutes(app: FastifyInstance, { ledger, faucet, timer }: Controls, post: Post): void {
  const state = () => ({
    network: ledger.profile.network,
    tip: point(ledger.chain.tip),
    slot: ledger.currentSlot(),
    mempool: { transactions: ledger.mempool.size, bytes: ledger.mempool.bytes },
    utxos: ledger.chain.unspentCount,
    transactions: ledger.chain.transactionCount,
    blockMs: timer.blockMs,
    running: timer.running,
    testTokenPolicy: TEST_TOKEN_POLICY,
  });

  app.get('/state', state);
  app.get('/changes', () => ({ changes: ledger.changes }));
  post('/faucet', faucetBody, ({ address, lovelace, assets, outputs }, reply) => {
    const totals = new Map<string, bigint>();
    for (const { nameHex, quantity } of assets) totals.set(nameHex, (totals.get(nameHex) ?? 0n) + quantity);
    const result = faucet.grant({ address, lovelace, assets: totals, outputs });
    if (result.kind === 'refused') return sendError(reply, 400, result.message);
    return {
      txHash: result.txHashes[0],
      txHashes: result.txHashes,
      outputs: result.outputs.map(outputJson),
      block: point(ledger.chain.tip),
    };
  });
  post('/blocks', blocksBody, ({ count }) => ({ blocks: timer.forge(count).map(blockJson) }));
  post('/rollback', rollbackBody, ({ blocks, transactions }, reply) => {
    const { height } = ledger.chain.tip;
    if (blocks > height) {
      return sendError(reply, 400, `blocks: expected at most ${height} (genesis stays), found ${blocks}`);
    }
    return { rolledBack: ledger.rollback(blocks, transactions).map(blockJson), tip: point(ledger.chain.tip) };
  });
  post('/clock', clockBody, ({ offsetMs }) => {
    ledger.setClockOffset(offsetMs);
    return state();
  });
  app.post('/pause', () => {
    timer.pause();
    return state();
  });
  app.post('/resume', () => {
    timer.resume();
    return state();
  });
}

function faultRoutes(app: FastifyInstance, { faults }: Controls, post: Post): void {
  const list = () => ({ faults: faults.list().map(faultJson) });
  post('/faults', faultSpec, (spec) => faultJson(faults.add(spec)));
  app.get('/faults', list);
  app.delete('/faults', () => {
    faults.clear();
    return list();
  });
  app.delete<{ Params: { id: string } }>('/faults/:id', ({ params }, reply) =>
    faults.remove(Number(params.id)) ? list() : sendError(reply, 404, `no fault has the id ${params.id}`),
  );
}

function submissionRoutes(app: FastifyInstance, { ledger }: Controls): void {
  const all = () => ({
    undecodable: ledger.submissions.undecodable,
    submissions: [...ledger.submissions.entries()].map((entry) => submissionJson(ledger, entry)),
  });
  app.get('/submissions', all);
  app.delete('/submissions', () => {
    ledger.submissions.clear();
    return all();
  });
  app.get<{ Params: { hash: string } }>('/submissions/:hash', ({ params: { hash } }, reply) => {
    const submission = isTxHash(hash) ? ledger.submissions.get(hash) : undefined;
    if (submission === undefined) return sendError(reply, 404, `no submission of '${hash}' was seen`);
    return submissionJson(ledger, [hash, submission]);
  });
}
