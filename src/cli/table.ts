import Table from 'cli-table3';

/** A plain table: no lines but one under the head, so that it can be pasted into a mail. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], indent = ''): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  };
  const made = new Table({
    head: [...head],
    chars: {
      ...none,
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  made.push(...rows.map((row) => [...row]));
  const lines = made.toString().split('\n');
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  return [lines[0], rule, ...lines.slice(1)].map((line) => `${indent}${line.trimEnd()}\n`).join('');
}
