import { stripVTControlCharacters } from 'node:util';

const widthOf = (text: string) => stripVTControlCharacters(text).length;

/** Break a text into lines of at most `width` visible characters at spaces; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Lines with a first prefix and one for those that follow. */
export function hang(text: string, width: number, first: string, rest: string): string[] {
  return wrap(text, width - rest.length).map((line, i) => `${i === 0 ? first : rest}${line}`);
}
