import type { ChainPoint } from '@x402-facilitator/cardano';
import type { ChainWindow } from '@x402-facilitator/journal';

/** The window's block at a height; `undefined` before its oldest and after its newest. Each is the child of the one before. */
export function pointAt(window: ChainWindow, height: number): ChainPoint | undefined {
  const [oldest] = window;
  return oldest === undefined ? undefined : window[height - oldest.height];
}

/** Whether a rollback of this block would be noticed: the follower knows it, or is past it. */
export function isFollowed(window: ChainWindow, { height, hash }: ChainPoint): boolean {
  const [oldest] = window;
  return oldest !== undefined && (height < oldest.height || pointAt(window, height)?.hash === hash);
}

/** Whether the window holds another block at this block's height. */
export function leftTheChain(window: ChainWindow, { height, hash }: ChainPoint): boolean {
  const canonical = pointAt(window, height);
  return canonical !== undefined && canonical.hash !== hash;
}
