/** How words are set off: by escape codes on a terminal, not at all elsewhere. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

const code = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const asIs = (text: string) => text;

export const PLAIN: Style = { bold: asIs, dim: asIs, red: asIs, green: asIs };
export const COLORED: Style = { bold: code(1, 22), dim: code(2, 22), red: code(31, 39), green: code(32, 39) };
