import { ROW, type RowSink } from '../vocabulary/architecture.js';
import { sinkAgain } from './sink-again.js';

type Row = ArrayLike<number>;

/** Translated requests, by what the device keeps: a configuration that lets them through meets a device-TLB entry of its device. */
export function translatedFlight(
  flight: number,
  config: Row,
  at: number,
  kept: Row,
  keptAt: number,
  sink: RowSink,
): void {
  if (config[at + ROW.device] !== kept[keptAt + ROW.device]) return;
  sinkAgain(flight, kept[keptAt + ROW.attributes], kept, keptAt, sink);
}

/** Requests of a device by a leaf: the access in flight, and what the device keeps of it, as the kind `kept` (-1: nothing). */
export function flightByLeaf(
  flight: number,
  kept: number,
  device: number,
  pasid: number,
  permission: number,
  request: number,
  leaf: Row,
  at: number,
  sink: RowSink,
): void {
  const tag = leaf[at + ROW.tag];
  const page = leaf[at + ROW.page];
  const size = leaf[at + ROW.size];
  const frame = leaf[at + ROW.frame];
  sink(flight, device, pasid, tag, page, size, frame, permission, request);
  if (kept >= 0) sink(kept, device, pasid, tag, page, size, frame, permission, request);
}
