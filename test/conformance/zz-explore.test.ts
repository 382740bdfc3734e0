import { afterAll, beforeAll, expect, test } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { startHouse, type House } from '../kit/gateway-kit.ts';
import { recordings, type Recording } from '../kit/recordings.ts';
import { startReplayProvider, type ReplayProvider } from '../kit/replay-provider.ts';
import { framesOf } from '../kit/sse-text.ts';

const D = ['openai-chat', 'anthropic-messages'] as const;
let house: House; let provider: ReplayProvider;
const all = new Map<string, Recording[]>();
beforeAll(async () => {
  const answers = new Map();
  for (const d of D) { const r = recordings(d); all.set(d, r); r.forEach((x, i) => answers.set(`${d}-${i}`, x.response)); }
  provider = await startReplayProvider(answers);
  house = await startHouse({ providers: {
    'openai-chat': { dialect: 'openai-chat', baseUrl: provider.url },
    'anthropic-messages': { dialect: 'anthropic-messages', baseUrl: provider.url },
  }});
});
afterAll(async () => { await house.close(); await provider.stop(); });
const strip = (v: any) => { const { understudy, ...rest } = v; return rest; };
const parse = (s: string) => { try { return JSON.parse(s) } catch { return s } };
test('explore', async () => {
  for (const d of D) {
    const counts: Record<string, number> = {};
    const out: string[] = [];
    for (const [i, r] of (all.get(d) ?? []).entries()) {
      const path = d === 'openai-chat' ? '/v1/chat/completions' : '/v1/messages';
      const body: any = r.request?.body && typeof r.request.body === 'object' ? { ...r.request.body } : { messages: [{ role: 'user', content: 'go' }], max_tokens: 100 };
      body.model = `${d}/${d}-${i}`;
      if (r.response.sse !== undefined) body.stream = true;
      const h: any = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
      if (r.request?.headers?.['anthropic-beta']) h['anthropic-beta'] = r.request.headers['anthropic-beta'];
      let text = ''; let res: Response | undefined; let broke = '';
      try { res = await fetch(house.gateway.url + path, { method: 'POST', headers: h, body: JSON.stringify(body) });
      const reader = res.body!.getReader(); const dec = new TextDecoder();
      for (;;) { const { done, value } = await reader.read(); if (done) break; text += dec.decode(value, { stream: true }); } } catch (e) { broke = String(e); }
      let cls = '';
      const want = r.response;
      if (want.status >= 400) { cls = `error ${want.status}->${res?.status} ${parse(text)?.error?.understudy?.code} ${parse(text)?.error?.understudy?.targets?.[0]?.reason}`; out.push(`${cls} ${r.id} | WANT ${JSON.stringify(want.body ?? want.sse).slice(0,200)} | GOT ${text.slice(0, 400)}`); }
      else if (res?.status !== 200) { cls = `refused ${res?.status}`; out.push(`${cls} ${r.id} [${r.features}] [${r.quirks}] ${text.slice(0, 500)}`); }
      else if (want.sse !== undefined) {
        const a = framesOf(want.sse + '\n\n').filter(f => f.data.trim() !== '[DONE]').map(f => ({ ...f, data: parse(f.data) }));
        const g = framesOf(text + '\n\n');
        const done = g.filter(f => f.data === '[DONE]').length;
        const b = g.filter(f => f.data !== '[DONE]').map(f => ({ ...f, data: typeof parse(f.data) === 'object' ? strip(parse(f.data)) : f.data }));
        if (isDeepStrictEqual(a, b)) cls = `stream same done=${done} ${broke}`;
        else { cls = 'stream differs'; const k = a.findIndex((x, i) => !isDeepStrictEqual(x, b[i])); out.push(`${cls} ${broke} ${r.id} [${r.features}] [${r.quirks}] at ${k} of ${a.length}/${b.length}\n   WANT ${JSON.stringify(a[k])?.slice(0,300)}\n   GOT ${JSON.stringify(b[k < 0 ? a.length : k])?.slice(0,300)}`); }
      } else {
        const b = strip(parse(text));
        if (isDeepStrictEqual(b, want.body)) cls = 'body same'; else { cls = 'body differs'; out.push(`${cls} ${r.id} [${r.features}]\n   WANT ${JSON.stringify(want.body).slice(0,300)}\n  GOT ${text.slice(0,300)}`); }
      }
      counts[cls] = (counts[cls] ?? 0) + 1;
    }
    console.log(d, JSON.stringify(counts, null, 1)); console.log(out.join('\n'));
  }
}, 120000);
