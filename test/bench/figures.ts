/** One line of the table. */
export interface Row {
  what: string;
  ours: string;
  peer: string;
  ratio: string;
}

/** What one measurement gives. */
export interface Measured {
  title: string;
  /** One sentence. */
  method: string;
  rows: Row[];
}

/** The value that `share` (0 to 1) of the samples do not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function milliseconds(value: number): string {
  return `${Math.abs(value) < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** Ours beside the peer's, with the ratio: below 1 ours is quicker. */
export function timeRow(what: string, ours: number, peer: number): Row {
  const ratio = ours / peer;
  return { what, ours: milliseconds(ours), peer: milliseconds(peer), ratio: ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(2) };
}

/** p50 and p95 of two series that were measured interleaved. */
export function quantileRows(what: string, ours: readonly number[], peer: readonly number[]): Row[] {
  return [0.5, 0.95].map((share) => timeRow(`${what}, p${share * 100}`, quantile(ours, share), quantile(peer, share)));
}

export function table(measured: readonly Measured[]): string {
  const lines = measured.flatMap(({ title, rows }) => [
    `| **${title}** | | | |`,
    ...rows.map(({ what, ours, peer, ratio }) => `| ${what} | ${ours} | ${peer} | ${ratio} |`),
  ]);
  return ["| | AIHub | beside it | ratio |", "|---|--:|--:|--:|", ...lines].join("\n");
}
