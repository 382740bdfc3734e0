import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Route } from '../engine/route.ts';
import { versionLabel } from '../quality/prompts/prompt-spec.ts';

/** What an operator should know of the prompt that a route is bound to. `wallNow`: milliseconds since 1970. */
export function promptWarnings(route: Route, { prompts }: ResolvedConfig, wallNow: number): string[] {
  const bound = route.prompt === undefined ? undefined : prompts?.present(route.prompt);
  if (!bound || !prompts) return [];
  const pinned = route.targets.flatMap(({ target }) => {
    const version = prompts.versionFor(bound.name, target.id);
    return version && version !== bound
      ? [
          `route "${route.name}": ${target.id} is pinned to ${versionLabel(version)}, and ${versionLabel(bound)} is present`,
        ]
      : [];
  });
  return [...pinned, ...primaryOnlyWarnings(route, bound, wallNow)];
}

function primaryOnlyWarnings(
  { name, targets }: Route,
  {
    name: prompt,
    spec: { primaryOnly },
  }: { readonly name: string; readonly spec: { readonly primaryOnly?: { reason: string; until: number } } },
  wallNow: number,
): string[] {
  if (primaryOnly === undefined || targets.length < 2) return [];
  const until = new Date(primaryOnly.until).toISOString();
  if (wallNow < primaryOnly.until) {
    return [
      `route "${name}": nobody stands in for its primary until ${until}, because ${prompt} is for it alone (${primaryOnly.reason})`,
    ];
  }
  return [
    `route "${name}": ${prompt} was for its primary alone until ${until}; others may serve it now: evaluate them, or renew \`primaryOnly\``,
  ];
}
