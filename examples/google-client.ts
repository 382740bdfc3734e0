// A Gemini client whose only change is its base URL. Run it beside `npm start`: npx tsx examples/google-client.ts
import { GoogleGenAI } from '@google/genai';

const baseUrl = process.env.UNDERSTUDY_URL ?? 'http://127.0.0.1:4141';
const model = process.env.UNDERSTUDY_ROUTE ?? 'demo';
const client = new GoogleGenAI({ apiKey: process.env.UNDERSTUDY_KEY ?? 'unused', httpOptions: { baseUrl } });

const whole = await client.models.generateContent({ model, contents: 'What is an understudy?' });
console.log(whole.text);
console.log(`served by ${whole.sdkHttpResponse?.headers?.['x-understudy-served-by']}`);

const stream = await client.models.generateContentStream({ model, contents: 'And what is a prompter?' });
for await (const chunk of stream) process.stdout.write(chunk.text ?? '');
console.log();
