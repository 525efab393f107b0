export interface GridLayout {
  readonly columns: number;
  readonly rows: number;
  /** From one cell to the next, and what of it is left open, in CSS pixels. */
  readonly step: number;
  readonly gap: number;
  readonly height: number;
}

const stepMax = 15;
const stepMin = 4;
const heightGoal = 340;

/**
 * Cells as large as fit into a height that can be looked at, down to a size that can still be told apart; beyond that
 * the grid gets higher.
 */
export function layOutGrid(chunks: number, width: number): GridLayout {
  let step = stepMax;
  while (step > stepMin && Math.ceil(chunks / Math.max(1, Math.floor(width / step))) * step > heightGoal)
    step -= 1;
  const columns = Math.max(1, Math.floor(width / step));
  const rows = Math.max(1, Math.ceil(chunks / columns));
  return { columns, rows, step, gap: step >= 9 ? 3 : step >= 6 ? 2 : 1, height: rows * step };
}
