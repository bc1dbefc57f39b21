import type { Io } from './io.js';

/** Versions of the documents that verbs print with --json; `docs/json.md` describes them. */
export const FORMAT = {
  list: 'iommu-check/list@1',
  run: 'iommu-check/run@1',
  explore: 'iommu-check/explore@1',
  replay: 'iommu-check/replay@1',
  check: 'iommu-check/check@1',
  conformance: 'iommu-check/conformance@1',
  conformanceCase: 'iommu-check/conformance-case@1',
} as const;

/** Print one document. */
export function printJson(io: Io, document: unknown): void {
  io.out(`${JSON.stringify(document, null, 2)}\n`);
}
