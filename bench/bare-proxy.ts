import { createParser } from 'eventsource-parser';
import { fastify } from 'fastify';
import { Pool } from 'undici';

/**
 * `bare-proxy.ts PORT PROVIDER_URL CONNECTIONS`: what anybody would write in an afternoon, and the yardstick of the bench.
 * Fastify and undici; bodies parsed and written again, every event of a stream parsed and written again. No keys, no
 * limits, no record, no failover.
 */
const [port = '0', provider = '', connections = '256'] = process.argv.slice(2);
const pool = new Pool(provider, { connections: Number(connections) });
const app = fastify({ logger: false, bodyLimit: 64 * 1024 * 1024 });

app.get('/ready', async () => 'ready');
for (const path of ['/v1/chat/completions', '/v1/messages']) {
  app.post(path, async (request, reply) => {
    const body = request.body as { stream?: boolean };
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', authorization: 'Bearer provider-key' },
      body: JSON.stringify(body),
    });
    if (!body.stream) return answer.body.json();
    reply.hijack();
    reply.raw.writeHead(answer.statusCode, { 'content-type': 'text/event-stream' });
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const name = event === undefined ? '' : `event: ${event}\n`;
        const text = data === '[DONE]' ? data : JSON.stringify(JSON.parse(data));
        reply.raw.write(`${name}data: ${text}\n\n`);
      },
    });
    const decoder = new TextDecoder();
    for await (const bytes of answer.body) parser.feed(decoder.decode(bytes as Buffer, { stream: true }));
    reply.raw.end();
    return reply;
  });
}
await app.listen({ port: Number(port), host: '127.0.0.1' });
