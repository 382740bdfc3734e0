// docs/cli.md
import { entryOf, generatedFrom, table } from './text.mjs';

const EXIT_MEANINGS = {
  ok: 'It worked. Of `serve`: every running request had ended.',
  failed: 'The command ran and found something wanting: `check` a target that cannot serve, `explain` no such request.',
  usage: 'The command line or the configuration is wrong; the message says where and what to write instead.',
  inconclusive:
    'Of `eval`: what was measured shows neither that a target is as good as the primary nor that it is not.',
  unreachable: 'The ledger, a port or another resource could not be reached.',
  interrupted: 'Stopped at once, by a second signal.',
};

export function cliPage({ buildProgram, EXIT }) {
  const program = buildProgram(() => {});
  const help = (command) => command.configureHelp({ helpWidth: 100 }).helpInformation().trimEnd();
  const sectionsOf = (command, path) => [
    `## ${path}\n\n\`\`\`text\n${help(command)}\n\`\`\``,
    ...command.commands.flatMap((below) => sectionsOf(below, `${path} ${below.name()}`)),
  ];
  const sections = program.commands.flatMap((command) => sectionsOf(command, `understudy ${command.name()}`));
  return `# Command line

${generatedFrom('src/cli/main.ts')}

In a checkout, \`npm start\` builds what is missing and runs \`understudy serve\`; the other commands are
\`node bin/understudy.js <command>\`. Data goes to standard output, everything else to standard error, and \`--json\`
prints one JSON document.

\`\`\`text
${help(program)}
\`\`\`

${sections.join('\n\n')}

## Exit codes

${table(
  ['code', 'name', 'meaning'],
  Object.entries(EXIT).map(([name, code]) => [code, name, entryOf(EXIT_MEANINGS, name, 'scripts/docs/cli-page.mjs')]),
)}
`;
}
