/** The world under check has outgrown a bound of the checker's own: neither a finding nor a fault of the design. */
export class LimitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LimitError';
  }
}
