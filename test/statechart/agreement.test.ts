import { describe, expect, test } from 'vitest';
import { type AgreementOptions, compareProcedure, compareWalks } from '../../src/statechart/agreement.js';
import { compile } from '../../src/statechart/compile.js';
import { resolver } from '../../src/statechart/library.js';
import type { Edge, Node } from '../../src/statechart/program.js';
import { EQUAL, LESS, NOT_LESS, type Relation, UNEQUAL } from '../../src/statechart/primitives.js';
import { attach, flushAll, setEntry, steps } from './samples.js';
import { seeded } from './seeded.js';

const OPPOSITE: Readonly<Record<Relation, Relation>> = {
  [EQUAL]: UNEQUAL,
  [UNEQUAL]: EQUAL,
  [LESS]: NOT_LESS,
  [NOT_LESS]: LESS,
};

const driver = { name: 'driver@1', procedures: [setEntry, flushAll], steps };
const design = { name: 'design', procedures: [attach], steps };
const resolve = resolver(driver, {});
const subjects = [
  // start 1; lock 1; read: two guards asked in turn make 3 valuations; change done 1, error 2; undo 1; unlock 2.
  { machine: attach, owner: design, valuations: 11 },
  // start 1; allocate done 1, error: a conjunction of two makes 3; write 2; the call of flushAll 1.
  { machine: setEntry, owner: driver, valuations: 8 },
  // start 1; flush: the choice behind it 2.
  { machine: flushAll, owner: driver, valuations: 3 },
];

describe('the compiled table agrees with XState', () => {
  test.each(subjects)('exhaustively: $machine.id', ({ machine, owner, valuations }) => {
    const { compared, differences } = compareProcedure(machine, { owner, resolve });
    expect(differences).toEqual([]);
    expect(compared).toBe(valuations);
  });

  test.each(subjects)('on random walks through everything it calls: $machine.id', ({ machine, owner }) => {
    const { compared, differences } = compareWalks(machine, { owner, resolve }, seeded(1), 400, 60);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(800);
  });
});

describe('a wrong table is noticed', () => {
  /** Compiles, then changes one edge of the table. */
  const wrong = (change: (edges: Edge[], nodes: readonly Node[]) => void): AgreementOptions['compiler'] => {
    return (machine, options) => {
      const program = compile(machine, options);
      const { steps: nodes } = program as unknown as { steps: readonly Node[] };
      for (const node of nodes) {
        change(node.done as Edge[], nodes);
      }
      return program;
    };
  };
  const judge = (compiler: AgreementOptions['compiler']) => ({
    exhaustive: compareProcedure(attach, { owner: design, resolve, compiler }).differences,
    walks: compareWalks(attach, { owner: design, resolve, compiler }, seeded(2), 100, 60).differences,
  });

  test('an edge to another state', () => {
    const { exhaustive, walks } = judge(
      wrong((edges, nodes) => {
        edges[0] = { ...edges[0], target: nodes[0] };
      }),
    );
    expect(exhaustive[0]).toMatch(/^attach: .*XState .*, table lock /);
    expect(walks).not.toEqual([]);
  });

  test('a condition turned round', () => {
    const { walks } = judge(
      wrong((edges) => {
        edges.forEach((edge, index) => {
          edges[index] = {
            ...edge,
            conditions: edge.conditions.map((condition) => ({
              ...condition,
              relation: OPPOSITE[condition.relation],
            })),
          };
        });
      }),
    );
    expect(walks).not.toEqual([]);
  });

  test('a write left out', () => {
    const { exhaustive, walks } = judge(
      wrong((edges) => {
        edges.forEach((edge, index) => {
          edges[index] = { ...edge, writes: [] };
        });
      }),
    );
    expect(exhaustive).not.toEqual([]);
    expect(walks).not.toEqual([]);
  });

  test('a live register called dead', () => {
    const compiler: AgreementOptions['compiler'] = (machine, options) => {
      const program = compile(machine, options);
      const nothing = program.live.map(() => new Int32Array(0));
      return Object.defineProperty(program, 'live', { value: nothing });
    };
    expect(judge(compiler).walks).not.toEqual([]);
  });
});
