import { ROW, type RowSink } from '../vocabulary/architecture.js';

/** What a member leads to that covers and reaches what it does itself: a row of another kind, or with other attributes. */
export function sinkAgain(
  kind: number,
  attributes: number,
  row: ArrayLike<number>,
  at: number,
  sink: RowSink,
): void {
  sink(
    kind,
    row[at + ROW.device],
    row[at + ROW.pasid],
    row[at + ROW.tag],
    row[at + ROW.page],
    row[at + ROW.size],
    row[at + ROW.frame],
    attributes,
    row[at + ROW.extra],
  );
}
