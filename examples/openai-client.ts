// An OpenAI client whose only change is its base URL. Run it beside `npm start`: npx tsx examples/openai-client.ts
import OpenAI from 'openai';

const gateway = process.env.UNDERSTUDY_URL ?? 'http://127.0.0.1:4141';
const model = process.env.UNDERSTUDY_ROUTE ?? 'demo';
// A key is needed only where the gateway's configuration names caller keys; the SDK wants one in any case.
const client = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: process.env.UNDERSTUDY_KEY ?? 'unused' });

const whole = await client.chat.completions
  .create({ model, messages: [{ role: 'user', content: 'What is an understudy?' }] })
  .withResponse();
console.log(whole.data.choices[0]?.message.content);
console.log(`served by ${whole.response.headers.get('x-understudy-served-by')}`);

const stream = await client.chat.completions.create({
  model,
  stream: true,
  messages: [{ role: 'user', content: 'And what is a prompter?' }],
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();
