/** Whose models say it so; `any`: all of them do, as far as has been seen. */
export type RefusalFamily = 'gpt' | 'claude' | 'gemini' | 'any';

/** How an answer begins that is a refusal. */
export interface RefusalPhrase {
  readonly family: RefusalFamily;
  /** ISO 639-1. */
  readonly language: string;
  /** Asked of the beginning of the answer, in lower case with plain apostrophes. */
  readonly opening: RegExp;
}

/** What comes before the refusal proper. */
const SORRY = "(?:i'm (?:very |really |so )?sorry|i am sorry|sorry|my apologies|i apologi[sz]e|unfortunately)";
const LEAD = `(?:${SORRY}[,.]? ?(?:but |however,? )?)?`;
const CANNOT = "i (?:can't|cannot|can not|won't|will not|am unable to|am not able to|must decline to)";
const UNABLE = "i'm (?:unable|not able|not going|not comfortable) (?:to )?";
/** What only an assistant that will not serve says it cannot do: nobody is refused who `can't find` or `can't wait`. */
const SERVE =
  '(?:help|assist|comply|fulfil|fulfill|provide|create|generate|write|produce|share|discuss|engage|continue|participate|answer|respond|support|do that|complete)';
const OBJECT =
  '(?: you)?(?: with| in| to| on| about| for)?(?: creating| writing| making| providing)? ?(?:that|this|these|those|such|your request|the request|instructions|information|content|material|any|it\\b|you\\b|[.!,]|$)';

/**
 * Openings of refusals, one a row, matched at the beginning of short answers only. English follows the refusal prefixes
 * that evaluations of refusals share, narrowed to those that name what is refused; the others are their translations as
 * the models themselves say them.
 *
 * @see https://arxiv.org/abs/2307.15043 (Zou et al. 2023, the list of refusal prefixes)
 * @see https://arxiv.org/abs/2308.01263 (XSTest, Röttger et al. 2024: full and partial refusals, and what only looks like one)
 * @see https://platform.openai.com/docs/guides/structured-outputs (the refusal of its example)
 */
export const REFUSAL_PHRASES: readonly RefusalPhrase[] = [
  { family: 'any', language: 'en', opening: new RegExp(`^${LEAD}${CANNOT} ${SERVE}${OBJECT}`) },
  { family: 'any', language: 'en', opening: new RegExp(`^${LEAD}${UNABLE}${SERVE}${OBJECT}`) },
  { family: 'gpt', language: 'en', opening: /^(?:i'm sorry|sorry)[,.]? (?:but )?i can't (?:assist|help)/ },
  {
    family: 'gpt',
    language: 'en',
    opening: /^as an ai (?:language )?model,? i (?:can't|cannot|am unable|am not able)/,
  },
  { family: 'claude', language: 'en', opening: /^i (?:don't|do not) feel comfortable / },
  { family: 'claude', language: 'en', opening: /^i (?:need to|must|have to|aim to|should) (?:respectfully )?decline/ },
  { family: 'claude', language: 'en', opening: /^(?:i appreciate [^.]{0,80}, but )?i'm not going to (?:help|write)/ },
  { family: 'gemini', language: 'en', opening: /^i'm just a language model,? (?:and )?(?:so )?i can't/ },
  { family: 'gemini', language: 'en', opening: /^i'm (?:still learning|designed|programmed) [^.]{0,80}can't help/ },
  { family: 'gemini', language: 'en', opening: /^(?:that's|this is) not something i(?:'m able to| can) (?:help|do)/ },
  {
    family: 'any',
    language: 'en',
    opening: /^(?:this|that|your) request (?:goes against|violates|is not something i)/,
  },
  {
    family: 'any',
    language: 'de',
    opening:
      /^(?:(?:es )?tut mir (?:sehr )?leid,? (?:aber )?|entschuldigung,? (?:aber )?|leider )?(?:dabei |damit |das |bei dieser anfrage |ich )(?:kann|darf|werde) (?:ich )?(?:ihnen |dir )?(?:dabei |damit |hierbei |bei dieser anfrage )?(?:leider )?nicht (?:helfen|weiterhelfen|behilflich sein|unterstützen|beantworten|tun)/,
  },
  {
    family: 'any',
    language: 'fr',
    opening:
      /^(?:je suis (?:vraiment )?désolée?|désolée?|malheureusement)?,? ?(?:mais )?je ne (?:peux|puis) (?:malheureusement )?pas (?:vous |t')?(?:aider|assister|répondre à (?:cette|votre)|fournir|créer|accéder à cette demande)/,
  },
  {
    family: 'any',
    language: 'es',
    opening:
      /^(?:lo siento|lo lamento|disculpa|lamentablemente)?,? ?(?:pero )?no puedo (?:ayudar(?:te|le)?|asistir(?:te|le)?|proporcionar|cumplir|responder a es[ao]|participar|generar (?:es[ao]|ese))/,
  },
  {
    family: 'any',
    language: 'it',
    opening:
      /^(?:mi dispiace|spiacente|purtroppo)?,? ?(?:ma )?non posso (?:aiutar(?:ti|la|vi)|assister(?:ti|la)|fornire (?:quest|tali)|soddisfare|rispondere a quest)/,
  },
  {
    family: 'any',
    language: 'pt',
    opening:
      /^(?:sinto muito|desculpe|lamento|infelizmente)?,? ?(?:mas )?(?:eu )?não (?:posso|consigo) (?:ajudar|te ajudar|ajudá-l[oa]|fornecer (?:ess|iss)|atender|responder a ess)/,
  },
  {
    family: 'any',
    language: 'nl',
    opening:
      /^(?:het spijt me,? (?:maar )?|sorry,? (?:maar )?|helaas )?(?:ik kan (?:je |u )?(?:daar |hier)?(?:helaas )?(?:niet|niet mee) (?:mee )?helpen|daar kan ik (?:je |u )?(?:helaas )?niet (?:mee|bij) helpen|kan ik (?:je |u )?(?:daar|hier) (?:helaas )?niet (?:mee|bij) helpen)/,
  },
  {
    family: 'any',
    language: 'ja',
    opening:
      /^(?:申し訳(?:ありません|ございません)|すみません|恐れ入ります)(?:が|けど)?[、,]?[^。]{0,40}(?:お手伝い|お応え|お答え|対応|提供)[^。]{0,8}(?:できません|できかねます|いたしかねます)/,
  },
  {
    family: 'any',
    language: 'zh',
    opening:
      /^(?:很抱歉|抱歉|对不起|對不起)[，,]?(?:但)?(?:我)?(?:无法|不能|無法)(?:帮助|协助|提供|满足|回答|幫助|協助|處理|处理)/,
  },
];
