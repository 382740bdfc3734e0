import type { ResolvedConfig } from './config/resolved-config.ts';
import type { ServerSettings } from './server/settings.ts';

/** Connections beside the streams: idle ones of clients that keep them alive. */
const IDLE_CONNECTIONS = 1_024;

/** The HTTP edge's settings as the configuration has them. */
export function settingsOf({ server }: ResolvedConfig): ServerSettings {
  const { limits } = server;
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
      streams: limits.maxStreams,
      connections: limits.maxStreams + IDLE_CONNECTIONS,
      stalledReaderMs: limits.stalledReaderMs,
    },
  };
}
