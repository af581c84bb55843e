import { parentPort, workerData } from 'node:worker_threads';
import type { Question } from './question.js';
import { evaluate } from './scalus/evaluate.js';

parentPort?.postMessage(evaluate(workerData as Question));
