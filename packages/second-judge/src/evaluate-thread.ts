import { parentPort } from 'node:worker_threads';
import { evaluate } from './scalus/evaluate.js';

parentPort?.once('message', (question) => parentPort?.postMessage(evaluate(question)));
parentPort?.postMessage('ready');
