import { setPriority } from 'node:os';
import judgePhase2 from '@x402-facilitator/cardano/script-thread';

/**
 * Where the cores are busy, the thread that serves requests gets three quarters of one, and scripts the rest. Much less,
 * and an honest script would meet its deadline on a busy machine.
 */
const NICE = 5;

// On Linux this is of the calling thread alone; elsewhere it would be of the whole process.
if (process.platform === 'linux') setPriority(0, NICE);

/** What a thread of the script lane does. */
export default judgePhase2;
