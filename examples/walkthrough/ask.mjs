// Sends the complaints of evals/ticket.yaml to a route, and counts who served and what is no ticket.
import { readFileSync } from 'node:fs';

const [route = 'ticket', times = '1'] = process.argv.slice(2);
const messages = [...readFileSync('evals/ticket.yaml', 'utf8').matchAll(/message: "(.*)"/g)].map(([, words]) => words);
const served = new Map();
let malformed = 0;
let asked = 0;

for (let time = 0; time < Number(times); time += 1) {
  for (const content of messages) {
    const answer = await fetch('http://127.0.0.1:4141/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: route, messages: [{ role: 'user', content }] }),
    });
    const { choices, error } = await answer.json();
    const by = answer.headers.get('x-understudy-served-by') ?? `nobody (${error?.code})`;
    served.set(by, (served.get(by) ?? 0) + 1);
    asked += 1;
    if (!isTicket(choices?.[0]?.message?.content)) malformed += 1;
  }
}

for (const [by, count] of served) console.log(`${count} answers by ${by}`);
console.log(`malformed ${malformed} of ${asked} (${Math.round((100 * malformed) / asked)} %)`);

function isTicket(text) {
  try {
    const ticket = JSON.parse(text);
    return typeof ticket.product === 'string' && typeof ticket.mood === 'string';
  } catch {
    return false;
  }
}
