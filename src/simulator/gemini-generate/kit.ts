import type { DialectKit } from '../dialect-kit.ts';
import { geminiBlocked, geminiOdd, geminiStreamed, geminiWhole } from './answer.ts';
import { geminiErrorFrame, geminiRefusal } from './errors.ts';
import { readGeminiGenerate } from './request.ts';

/** The generateContent API as Google serves it. */
export const geminiGenerateKit: DialectKit = {
  dialect: 'gemini-generate',
  read: readGeminiGenerate,
  whole: geminiWhole,
  streamed: geminiStreamed,
  odd: geminiOdd,
  blockedPrompt: geminiBlocked,
  headers: () => ({ 'server-timing': 'gfet4t7; dur=1' }),
  refusal: geminiRefusal,
  errorFrame: geminiErrorFrame,
  models: (names) => ({
    models: names.map((name) => ({
      name: `models/${name}`,
      displayName: name,
      supportedGenerationMethods: ['generateContent', 'streamGenerateContent'],
    })),
  }),
};
