// The Responses API with kept conversations. Run it beside `npm start`: npx tsx examples/responses-client.ts
import OpenAI from 'openai';

const gateway = process.env.UNDERSTUDY_URL ?? 'http://127.0.0.1:4141';
const client = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: process.env.UNDERSTUDY_KEY ?? 'unused' });

// Raw targets, so that each turn is another provider's; with a route, an outage does the same.
const first = await client.responses.create({ model: 'sim-openai/steady-large', input: 'My name is Ada.' });
const second = await client.responses.create({
  model: 'sim-anthropic/steady-medium',
  input: 'What is my name?',
  previous_response_id: first.id,
});
const { data: history } = await client.responses.inputItems.list(second.id, { order: 'asc' });
console.log(`${second.model} was given ${history.length} items`);

// Or by name: everything that is asked and answered in it is added to it.
const conversation = await client.conversations.create({ metadata: { topic: 'names' } });
for (const model of ['sim-gemini/steady-small', 'sim-openai/steady-large']) {
  const answer = await client.responses.create({ model, input: 'Call me Ada.', conversation: conversation.id });
  console.log(`${answer.id.slice(0, 8)}… from ${answer.model} is kept: ${answer.status}`);
}
const { data: items } = await client.conversations.items.list(conversation.id);
console.log(`${items.length} items in the conversation`);

await client.responses.delete(second.id);
await client.conversations.delete(conversation.id);
