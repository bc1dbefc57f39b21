import type { DesignDefinition, DriverDefinition, Mend } from '../vocabulary/design.js';

/** Which mends are switched on. */
export type MendChoice =
  | { readonly mended: 'none' | 'all' }
  | { readonly only: readonly string[] }
  | { readonly allBut: readonly string[] };

/** Mends of a design and its driver together, in their order. */
export function mendsOf(design: DesignDefinition, driver: DriverDefinition): Mend[] {
  return [...mendsOn(design, [driver]), ...driver.mends];
}

/** Mends of a design, with the causes that their flaws have on some drivers. */
export function mendsOn(design: DesignDefinition, drivers: readonly DriverDefinition[]): Mend[] {
  return design.mends.map((mend) => {
    const shown = drivers.flatMap(({ shows }) => shows?.[mend.name] ?? []);
    return shown.length > 0 ? { ...mend, causes: [...mend.causes, ...shown] } : mend;
  });
}

/** The names that a choice gives. */
export function namedMends(choice: MendChoice = { mended: 'none' }): readonly string[] {
  if ('only' in choice) return choice.only;
  return 'allBut' in choice ? choice.allBut : [];
}

/** The names of the mends chosen, of those that the design and its driver have. */
export function chosenMends(
  choice: MendChoice,
  design: DesignDefinition,
  driver: DriverDefinition,
): string[] {
  const all = mendsOf(design, driver).map((mend) => mend.name);
  if ('only' in choice) return all.filter((name) => choice.only.includes(name));
  if ('allBut' in choice) return all.filter((name) => !choice.allBut.includes(name));
  return choice.mended === 'all' ? all : [];
}
