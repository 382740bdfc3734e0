import type { Route } from '../engine/route.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';

/** Hosts that are spoken to in these give embeddings in the same manner, at `/embeddings` below the same base URL. */
const OPENAI_DIALECTS: readonly TargetDialectName[] = ['openai-chat', 'openai-responses'];

/** The route with its targets asked for embeddings. Those that have none in this form stay as they are, and are passed over. */
export function embeddingsRoute(route: Route): Route {
  const targets = route.targets.map((each) => {
    if (!OPENAI_DIALECTS.includes(each.target.dialect)) return each;
    // A prompt adjusts conversations; vectors of adjusted texts would be vectors of other texts.
    const { prompt: _, ...rest } = each;
    return { ...rest, target: { ...each.target, dialect: 'openai-embeddings' as const } };
  });
  // Vectors have no text that a contract could be asked of.
  const { contract: _, ...rest } = route;
  return { ...rest, targets };
}
