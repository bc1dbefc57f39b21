/** Of what is named in a file of the user's: it stands in the names of steps, in causes, in drawings and in names of files. */
export function isName(text: string): boolean {
  return /^[\w.@-]{1,64}$/.test(text);
}

/** The rest of a sentence that begins with what has the name. */
export const NAME_RULE = "must be made of up to 64 letters, digits, '-', '_', '.' and '@'";
