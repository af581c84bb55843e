import { setTimeout as sleep } from 'node:timers/promises';

const channel = new BroadcastChannel('slow-import');
await sleep(200);
channel.postMessage('imported');
channel.close();

export default () => ({ kind: 'satisfied', scripts: [] });
