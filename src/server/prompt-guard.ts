import { promptProblem } from '../engine/prompts.ts';
import type { Route } from '../engine/route.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

/**
 * Refuses a request whose prompt cannot be told, before it is put off or counted; whoever is served at once learns it from
 * the run. Throws `HttpFailure`.
 */
export function guardPrompt(request: ChatRequest, route: Route, { engine }: Pick<Gateway, 'engine'>): void {
  const problem = promptProblem(request, route, engine);
  if (problem) throw new HttpFailure(400, 'invalid_request', problem.message, { field: problem.field });
}
