import { HeldStreams } from './held-streams.ts';
import type { LoadOrder, LoadResult } from './load-orders.ts';
import { closedLoop, each, openLoop } from './loops.ts';
import { serveParent } from './serve-parent.ts';

/** The load client: a process of its own, so that the collecting of nobody else's garbage stands in its figures. */
const held = new HeldStreams();
const stalled = new HeldStreams();

serveParent<LoadOrder, LoadResult>(async (order) => {
  switch (order.kind) {
    case 'open-loop':
      return openLoop(order);
    case 'closed-loop':
      return closedLoop(order);
    case 'each':
      return each(order);
    case 'hold':
      return order.stalled ? stalled.hold(order) : held.hold(order);
    case 'watch':
      return held.watch(order.seconds);
    case 'release':
      stalled.release();
      return held.release();
  }
});
