/**
 * The stale-TLB protocol in Promela, for Spin: the same states and transitions as {@link StaleTlb}, the initial state apart,
 * which Spin counts once more. The invariant is asserted after every step.
 */
export function promela(pages: number): string {
  const bits = Array.from({ length: 2 * pages }, (_, bit) => bit);
  const domains = [0, 1].map((domain) => bits.slice(domain * pages, (domain + 1) * pages));
  const any = (set: string, of: readonly number[]) => of.map((bit) => `${set}[${bit}]`).join(' || ');
  const step = (guard: string, effect: string) => `  :: d_step { ${guard} -> ${effect}; assert(INV) }`;
  const lines: string[] = [];
  for (const device of [0, 1]) {
    for (const domain of [1, 2]) lines.push(step(`att[${device}] == 0`, `att[${device}] = ${domain}`));
    lines.push(step(`att[${device}] != 0`, `att[${device}] = 0`));
  }
  for (const bit of bits) {
    lines.push(step(`!pte[${bit}] && !pend[${bit}] && !fl[${bit}]`, `pte[${bit}] = 1`));
    lines.push(step(`pte[${bit}]`, `pte[${bit}] = 0; pend[${bit}] = 1`));
  }
  for (const of of domains) {
    const submit = of.map((bit) => `fl[${bit}] = pend[${bit}]; pend[${bit}] = 0`).join('; ');
    lines.push(step(`(${any('pend', of)}) && !(${any('fl', of)})`, submit));
    const complete = of
      .map((bit) => `if :: fl[${bit}] -> tlb[${bit}] = 0; fl[${bit}] = 0 :: else fi`)
      .join('; ');
    lines.push(step(`(${any('fl', of)})`, complete));
  }
  for (const device of [0, 1]) {
    for (let page = 0; page < pages; page++) {
      const entry = `[(att[${device}] - 1) * ${pages} + ${page}]`;
      lines.push(step(`att[${device}] != 0 && !tlb${entry} && pte${entry}`, `tlb${entry} = 1`));
    }
  }
  const invariant = bits
    .map((bit) => `(!tlb[${bit}] || pte[${bit}] || pend[${bit}] || fl[${bit}])`)
    .join(' && ');
  return `#define INV (${invariant})
byte att[2];
bit pte[${bits.length}];
bit pend[${bits.length}];
bit fl[${bits.length}];
bit tlb[${bits.length}];
active proctype main() {
  do
${lines.join('\n')}
  od
}
`;
}
