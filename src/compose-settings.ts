import { getHeapStatistics } from 'node:v8';
import { STREAM_PLAN_BYTES } from './config/defaults.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { descriptorLimit, roomFor } from './server/room.ts';
import type { ServerSettings } from './server/settings.ts';

/** The HTTP edge's settings as the configuration has them. */
export function settingsOf({ server }: ResolvedConfig): ServerSettings {
  const { limits } = server;
  const room = { heapBytes: getHeapStatistics().heap_size_limit, descriptors: descriptorLimit() };
  const { streams, connections } = roomFor(room, { streams: limits.maxStreams, planBytes: STREAM_PLAN_BYTES });
  return {
    strictCompat: server.strictCompat,
    limits: {
      bodyBytes: limits.maxBodyBytes,
      headers: limits.maxHeaders,
      headerBytes: limits.maxHeaderBytes,
      messages: limits.maxMessages,
      tools: limits.maxTools,
      depth: limits.maxDepth,
      headersTimeoutMs: limits.headersTimeoutMs,
      bodyTimeoutMs: limits.bodyTimeoutMs,
      streams,
      connections,
      connectionsPerAddress: limits.maxConnectionsPerAddress ?? connections,
      loopDelayMs: limits.loopDelayMs,
    },
    reader: { stalledMs: limits.stalledReaderMs, bytesPerSecond: limits.readerRate },
  };
}
