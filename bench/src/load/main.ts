import { readFile, writeFile } from 'node:fs/promises';
import { drive } from './drive.js';
import type { LoadPlan } from './plan.js';

// A process of its own, so that making load does not compete with the event loop of what measures or is measured.
const [planFile = ''] = process.argv.slice(2);
const plan = JSON.parse(await readFile(planFile, 'utf8')) as LoadPlan;
const lines = (await readFile(plan.linesFile, 'utf8')).split('\n').filter((line) => line !== '');
await writeFile(plan.outcomeFile, JSON.stringify(await drive(plan, lines)));
