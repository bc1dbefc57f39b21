import { expect, test } from 'vitest';
import { diagram, draw } from '../../src/statechart/diagram.js';
import pasid from '../../models/lifecycles/pasid.js';
import { flushAll, setEntry } from './samples.js';

test('mermaid of a procedure shows steps, guards, choices and failures', () => {
  expect(diagram(setEntry, 'mermaid')).toBe(`stateDiagram-v2
  [*] --> allocate
  allocate: allocate<br/>allocate(low 1, high device)
  write: write<br/>store(entry.domain, of domain, value id)
  flush: flush<br/>flushAll(device, domain)
  failed: failed<br/>fail(errno)
  failed:::failure
  allocate --> write: / id ← outcome
  allocate --> allocate: error [error = 12 and tries < 2] / tries += 1
  allocate --> failed: error / errno ← outcome
  write --> flush: [result ≠ 0]
  write --> end
  flush --> end
  failed --> [*]
  end --> [*]
  classDef failure stroke:#c00,color:#c00
`);
});

test('mermaid of a lifecycle names events and counts', () => {
  expect(diagram(pasid, 'mermaid')).toBe(`stateDiagram-v2
  [*] --> free
  free --> allocated: ALLOC
  allocated --> allocated: SET / countUp
  allocated --> allocated: CLEAR [countAbove 0] / countDown
  allocated --> free: PUT [countIs 0]
`);
});

test('dot draws error edges apart', () => {
  const text = diagram(setEntry, 'dot');
  expect(text).toContain(
    '"allocate" -> "failed" [label="error / errno := outcome", style=dashed, color=red];',
  );
  expect(text).toContain('"failed" [shape=octagon, label="failed\\nfail(errno)"];');
  expect(diagram(flushAll, 'dot')).toContain('"again" [shape=diamond, label="again"];');
});

test('json holds the drawing as it is', () => {
  expect(JSON.parse(diagram(flushAll, 'json'))).toEqual(JSON.parse(JSON.stringify(draw(flushAll))));
});
