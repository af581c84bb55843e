/** The heap limit that the worker's image sets (Dockerfile). */
export const WORKER_HEAP_LIMIT = '--max-old-space-size=256';
