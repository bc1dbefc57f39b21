import { describe, expect, test } from 'vitest';
import { writeTrace } from '../../src/trace/format.js';
import { parseTrace, TraceError } from '../../src/trace/parse.js';
import { departures } from '../cli/schema.js';
import { sampleTrace } from './sample-trace.js';

const text = writeTrace(sampleTrace);
/** The trace with the value at a path changed, or taken away. */
function changed(path: string, value?: unknown): string {
  const trace = JSON.parse(text);
  const fields = path.split('.');
  const last = fields.pop() as string;
  const holder = fields.reduce((inner, field) => inner[field], trace);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return JSON.stringify(trace);
}

describe('a trace', () => {
  test('comes back as it was written', () => {
    expect(parseTrace(text)).toEqual(sampleTrace);
    expect(writeTrace(parseTrace(text))).toBe(text);
  });

  test('keeps the levels of a directory of devices', () => {
    const one = {
      ...sampleTrace.shape,
      iommus: [{ cachingMode: false, firstLevel: false, directoryLevels: 1 }],
    };
    const trace = { ...sampleTrace, shape: one };
    expect(parseTrace(writeTrace(trace))).toEqual(trace);
    expect(departures('trace', JSON.parse(writeTrace(trace)))).toEqual([]);
  });

  test('has one step a line', () => {
    expect(text.split('\n').filter((line) => line.startsWith('    {"agent"'))).toHaveLength(
      sampleTrace.steps.length,
    );
  });
});

describe('what is refused, in one line', () => {
  const refused: readonly [what: string, text: string, says: string][] = [
    ['a cut trace', text.slice(0, text.length / 2), 'cut off'],
    ['text that is not JSON', 'hello', 'not JSON'],
    ['an empty file', '', 'not JSON'],
    ['JSON of another kind', '[1]', 'is not an object'],
    ['another document', '{"format":"iommu-check/run@1"}', 'not a trace'],
    ['a later version', changed('format', 'iommu-check/trace@2'), 'version 2'],
    ['a field of the future', changed('extra', 1), 'unknown field `extra`'],
    ['an unknown field of a world', changed('shape.extra', 1), '`shape` of the trace: unknown field `extra`'],
    ['one of an IOMMU', changed('shape.iommus.0.extra', 1), 'iommu 0 of the shape: unknown field `extra`'],
    ['one of a device', changed('shape.devices.0.extra', 1), 'device 0 of the shape: unknown field `extra`'],
    ['one of where it was found', changed('found.extra', 1), '`found` of the trace: unknown field `extra`'],
    ['one of a verdict', changed('verdict.extra', 1), '`verdict` of the trace: unknown field `extra`'],
    ['one of a step', changed('steps.1.extra', 1), 'step 2: unknown field `extra`'],
    ['a missing field', changed('driver'), '`driver` is missing'],
    ['no steps', changed('steps', []), 'no steps'],
    ['an unknown operation', changed('steps.0.does', 'fly'), "no operation 'fly'"],
    ['a step without an agent', changed('steps.1.agent'), 'step 2: `agent` is missing'],
    ['an argument that is a list', changed('steps.0.arguments.space', []), '`space` must be'],
    ['a world too large', changed('shape.spaces', 4000), '`spaces` must be'],
    ['an argument that the operation has not', changed('steps.0.arguments.page', 1), "no argument 'page'"],
    ['an operation named twice', changed('steps.3.operation', 'o1'), 'there is another operation o1'],
    ['a wrong number of operations', changed('operations', 7), 'says that it has 7 operations'],
    ['an unknown kind of space', changed('shape.spaceKinds', ['odd']), "names 'odd'"],
    ['a world without IOMMUs', changed('shape.iommus', []), '`iommus` must be a list of 1 to 4'],
    ['a world without callers', changed('shape.callers', 0), '`callers` must be a whole number from 1'],
    ['a page beyond every address', changed('shape.pages', [2 ** 40]), '`pages` must be'],
    ['a directory without levels', changed('shape.iommus.0.directoryLevels', 0), '`directoryLevels` must be'],
    ['a default of no kind', changed('shape.kernelDefault', 'odd'), "must be 'identity' or 'translated'"],
    ['a fault of nobody', changed('verdict.fault', 'odd'), "`fault` must be 'design' or 'driver'"],
    ['an odd kind of step', changed('steps.1.kind', 'odd'), 'step 2: `kind` must be a kind of step'],
    ['words that move the cursor', changed('verdict.explanation', ['\u001b[2J']), '`explanation` must be'],
    ['a swap of one step', changed('swaps', [['a/b/c']]), '`swaps` must be'],
    ['properties that are no names', changed('properties', [5]), '`properties` must be'],
    ['a table of two levels', changed('shape.iommus.0.tableLevels', 2), '`tableLevels` must be'],
    ['a device of no group', changed('shape.devices.0.group', 3), '`group` must be'],
  ];
  test.each(refused)('%s', (_, given, says) => {
    let message = '';
    try {
      parseTrace(given);
    } catch (error) {
      expect(error).toBeInstanceOf(TraceError);
      message = (error as Error).message;
    }
    expect(message).toContain(says);
    expect(message).not.toContain('\n');
  });

  test('every cut', () => {
    for (let end = 0; end < text.length - 1; end += 37)
      expect(() => parseTrace(text.slice(0, end))).toThrow(TraceError);
  });
});
