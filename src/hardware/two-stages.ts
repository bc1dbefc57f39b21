import { ROW, type RowSink } from '../vocabulary/architecture.js';
import type { WorldShape } from '../vocabulary/shape.js';
import { isWithin } from './span.js';

type Row = ArrayLike<number>;

/**
 * The frame of the guest-physical page that a row names, by a second-stage leaf of its tag and IOMMU that permits all that is
 * `needed`; -1 where the leaf is another's, or of another page, or permits less.
 */
export function frameBySecond(
  shape: WorldShape,
  row: Row,
  at: number,
  second: Row,
  secondAt: number,
  needed: number,
): number {
  const owner = row[at + ROW.device];
  const iommu = owner >= 0 ? ~shape.devices[owner].iommu : owner;
  const guest = row[at + ROW.frame];
  if (second[secondAt + ROW.device] !== iommu || second[secondAt + ROW.tag] !== row[at + ROW.tag]) return -1;
  if (!isWithin(guest, second[secondAt + ROW.page], second[secondAt + ROW.size])) return -1;
  if ((second[secondAt + ROW.attributes] & needed) !== needed) return -1;
  return second[secondAt + ROW.frame] + guest - second[secondAt + ROW.page];
}

/** A nested page and a second-stage leaf of its tag and IOMMU: what both cover is a translation, as large as the smaller of them. */
export function nestedPage(
  kind: number,
  attributes: number,
  row: Row,
  at: number,
  second: Row,
  secondAt: number,
  sink: RowSink,
): void {
  const owner = row[at + ROW.device];
  const tag = row[at + ROW.tag];
  if (second[secondAt + ROW.tag] !== tag || second[secondAt + ROW.device] !== owner) return;
  const pasid = row[at + ROW.pasid];
  const page = row[at + ROW.page];
  const size = row[at + ROW.size];
  const guest = row[at + ROW.frame];
  const secondPage = second[secondAt + ROW.page];
  const secondSize = second[secondAt + ROW.size];
  const frame = second[secondAt + ROW.frame];
  if (secondSize >= size) {
    if (!isWithin(guest, secondPage, secondSize)) return;
    sink(kind, owner, pasid, tag, page, size, frame + guest - secondPage, attributes, 0);
  } else if (isWithin(secondPage, guest, size)) {
    sink(kind, owner, pasid, tag, page + secondPage - guest, secondSize, frame, attributes, 0);
  }
}
