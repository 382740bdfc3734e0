// An Anthropic client whose only change is its base URL. Run it beside `npm start`: npx tsx examples/anthropic-client.ts
import Anthropic from '@anthropic-ai/sdk';

const gateway = process.env.UNDERSTUDY_URL ?? 'http://127.0.0.1:4141';
const model = process.env.UNDERSTUDY_ROUTE ?? 'demo';
const client = new Anthropic({ baseURL: gateway, apiKey: process.env.UNDERSTUDY_KEY ?? 'unused' });

const whole = await client.messages
  .create({ model, max_tokens: 500, messages: [{ role: 'user', content: 'What is an understudy?' }] })
  .withResponse();
for (const block of whole.data.content) if (block.type === 'text') console.log(block.text);
console.log(`served by ${whole.response.headers.get('x-understudy-served-by')}`);

const stream = client.messages.stream({
  model,
  max_tokens: 500,
  messages: [{ role: 'user', content: 'And what is a prompter?' }],
});
for await (const event of stream) {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') process.stdout.write(event.delta.text);
}
console.log();
