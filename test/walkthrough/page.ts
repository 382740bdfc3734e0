/** One command of the page, with what the page says that it prints. */
export interface ShownCommand {
  /** As a shell takes it; `&` at its end: it goes on beside those after it. */
  readonly command: string;
  /** Lines in their order; `…` at an end stands for the rest of a line. */
  readonly lines: readonly string[];
  readonly exitCode: number;
  /** Line of the page, for messages. */
  readonly at: number;
}

/** The commands in the blocks of kind `console` of a Markdown page, each after `$ `. Throws for a block without any. */
export function commandsOf(page: string): ShownCommand[] {
  const commands: { command: string; lines: string[]; exitCode: number; at: number }[] = [];
  let within = false;
  page.split('\n').forEach((line, index) => {
    if (line === '```console') within = true;
    else if (line === '```') within = false;
    else if (!within) return;
    else if (line.startsWith('$ ')) commands.push({ command: line.slice(2), lines: [], exitCode: 0, at: index + 1 });
    else {
      const last = commands.at(-1);
      if (!last) throw new Error(`line ${index + 1}: output before any command`);
      const code = /^exit (\d+)$/.exec(line)?.[1];
      if (code !== undefined) last.exitCode = Number(code);
      else if (line.trim() !== '' && line.trim() !== '…') last.lines.push(line);
    }
  });
  return commands;
}

/** The first line of the page that is not in the output, in order, whatever the blanks; undefined where all are. */
export function missingLine(shown: readonly string[], output: string): string | undefined {
  const said = output.split('\n').map(bare);
  let at = 0;
  for (const line of shown) {
    const found = said.findIndex((one, index) => index >= at && isShown(bare(line), one));
    if (found < 0) return line;
    at = found + 1;
  }
  return undefined;
}

function bare(line: string): string {
  return line.replace(/\s+/g, ' ').trim();
}

function isShown(line: string, said: string): boolean {
  if (!line.includes('…')) return line === said;
  const [start = '', end = ''] = line.split(/ ?… ?/, 2);
  return said.startsWith(start) && said.endsWith(end);
}
