/** Where an error in what the user gave lies. */
export interface InputPlace {
  readonly file?: string;
  /** Machine or control state. */
  readonly state?: string;
}

/**
 * What the user gave is wrong: a name that does not exist, a number out of range, a design file that cannot be used. Its message
 * is one line that says what, where and what to do.
 */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    readonly reason: string,
    readonly place: InputPlace = {},
  ) {
    const parts = [place.file, place.state && `state ${place.state}`, reason].filter((part) => part);
    super(oneLine(parts.join(': ')));
  }
}

/** Messages of parsers and loaders may be many lines; the first says what, with the next where it ends in a colon. */
export function oneLine(text: string): string {
  const [first = '', second] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return first.endsWith(':') && second !== undefined ? `${first} ${second}` : first;
}

/** An error for a name that is not among those there are; says the nearest ones. */
export function unknownName(kind: string, name: string, names: Iterable<string>): InputError {
  const known = [...names];
  const close = known
    .filter((each) => distance(each, name) <= name.length / 3)
    .sort((a, b) => distance(a, name) - distance(b, name));
  const shown = known.slice(0, 12).join(', ');
  const hint =
    close.length > 0
      ? `did you mean ${close.slice(0, 3).join(' or ')}?`
      : known.length === 0
        ? 'there are none'
        : `there are ${shown}${known.length > 12 ? ' …' : ''}`;
  return new InputError(`unknown ${kind} '${name}': ${hint}`);
}

/** Letters to insert, delete or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
