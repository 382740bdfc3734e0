// Leaves sentences alone: what an error or a reason says to people is no decision that a test should pin.
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const SPOKEN = new Set(['means', 'why', 'message', 'detail', 'reason']);

function isSentence(path) {
  if (path.isStringLiteral()) return path.node.value.includes(' ');
  return path.isTemplateLiteral() && path.node.quasis.some(({ value }) => value.raw.includes(' '));
}

function isSpoken(path) {
  const property = path.findParent((up) => up.isObjectProperty());
  const key = property?.node.key;
  return key?.type === 'Identifier' && SPOKEN.has(key.name);
}

/** `reason` names a member of a closed list as often as it tells one in words: only words with a blank are left alone. */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'wording', {
    shouldIgnore(path) {
      if (!isSentence(path)) return undefined;
      const thrown = path.findParent((up) => up.isNewExpression()) !== null;
      return thrown || isSpoken(path) ? 'a sentence for people' : undefined;
    },
  }),
];
