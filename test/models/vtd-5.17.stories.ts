import { expect, it } from 'vitest';
import type { DesignDefinition, DriverDefinition } from '../../src/vocabulary/design.js';
import { allMends } from '../../src/world/compiled-design.js';
import type { Story } from './aux-domain.flaws.js';
import { Script } from './vtd-5.17.script.js';

/** Each story shows the flaw that its mend mends, as a cause that the mend declares, and nothing with all mends on. */
export function testStories(
  design: DesignDefinition,
  driver: DriverDefinition,
  stories: readonly Story[],
): void {
  const all = allMends(design, driver);

  it.each(stories)('without $mend the story shows the flaw', async ({ mend, shape, play }) => {
    const s = await Script.play(
      design.name,
      all.filter((name) => name !== mend),
      shape,
    );
    play(s);
    expect(s.causes).not.toEqual([]);
    const declared = [...design.mends, ...driver.mends].find(({ name }) => name === mend)?.causes ?? [];
    expect(declared).toEqual(expect.arrayContaining(s.causes));
  });

  it.each(stories)('mended, the story of $mend holds', async ({ shape, play }) => {
    const s = await Script.play(design.name, all, shape);
    play(s);
    expect(s.causes).toEqual([]);
  });
}
