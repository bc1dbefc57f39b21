import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderText } from '../../src/trace/render-text.js';
import { COLORED } from '../../src/trace/style.js';
import { wrap } from '../../src/trace/wrap.js';
import { sampleTrace } from './sample-trace.js';

const property = {
  statement: 'reach is inside may',
  explanation: 'devices must not read the secrets of others',
};

test('a trace as it prints', () => {
  expect(renderText(sampleTrace, { property, width: 80 })).toMatchInlineSnapshot(`
    "violated isolation  sample on vtd@7, in a step of the design
      2 operations, 3 switches, 9 steps; world small
      must hold: reach is inside may
      because:   devices must not read the secrets of others

          caller 0           caller 1           iommu 0
       1  o1 createSpace(space new, kind paging) by vm1 returns 1 (3 steps)
       4                     o2 unmap(space o1, page 0x400000) by vm1
                             … 2 steps
       7                     unmap.clearEntry: clear the entry
                               now stale: IOTLB entry of device 0 at 0x400000
       8                                        IOTLB invalidation takes effect
                                                    (device 0)
                                                  no longer stale: IOTLB entry of
                                                    device 0 at 0x400000
       9                     unmap.unpin: unpin the page

      cause: the RID of device 0 can reach frame 0x1000 through a stale IOTLB entry
             the frame belongs to nobody
    "
  `);
});

test('verbose shows every step', () => {
  const text = renderText(sampleTrace, { verbose: true });
  for (let step = 1; step <= sampleTrace.steps.length; step++)
    expect(text).toMatch(new RegExp(`^ +${step}  `, 'm'));
});

test('colors add nothing but codes', () => {
  expect(stripVTControlCharacters(renderText(sampleTrace, { style: COLORED }))).toBe(renderText(sampleTrace));
});

test.each([72, 80, 100])('no line is longer than %d columns', (width) => {
  for (const line of renderText(sampleTrace, { property, width }).split('\n'))
    expect(line.length).toBeLessThanOrEqual(width);
});

test('wrapping keeps every word', () => {
  const text = 'a bb ccc dddd eeeee ffffff';
  expect(wrap(text, 9).join(' ')).toBe(text);
  expect(wrap(text, 1)).toEqual(text.split(' '));
});
