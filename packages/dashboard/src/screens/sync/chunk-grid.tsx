import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useTheme } from "../../layout/theme.ts";
import { type ChunkStates, type Letter, letterNames, letters } from "./chunk-states.ts";
import { type GridLayout, layOutGrid } from "./grid-layout.ts";

export const letterColours: Record<Letter, string> = {
  s: "var(--mark-settled)",
  o: "var(--mark-outstanding)",
  f: "var(--mark-failing)",
  d: "var(--mark-dead)",
  l: "var(--mark-listed)",
};

interface Pointed {
  readonly index: number;
  readonly left: number;
  readonly top: number;
}

/**
 * All chunks on one canvas. Only cells that have changed are drawn again, so that a hundred thousand of them cost no more
 * than what happens to them. Who does not see it has the legend's counts and the table.
 *
 * @param news changes whenever `states` has
 */
export function ChunkGrid({ states, news }: { readonly states: ChunkStates; readonly news: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<{ layout: GridLayout; colours: string[] } | null>(null);
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const theme = useTheme();

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Another size or other colours: all of it, anew.
  const layout = layOutGrid(states.length, width || 600);
  const shape = `${layout.columns}.${layout.rows}.${layout.step}.${theme}`;
  // The shape says when.
  useEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const style = getComputedStyle(element);
    const colours = letters.map((letter) =>
      style.getPropertyValue(letterColours[letter].slice(4, -1)).trim(),
    );
    drawn.current = { layout, colours };
    const ratio = devicePixelRatio || 1;
    element.width = layout.columns * layout.step * ratio;
    element.height = layout.height * ratio;
    element.getContext("2d")?.scale(ratio, ratio);
    states.takeDirty();
    draw(element, states, layout, colours, allOf(states.length));
  }, [shape, width, states]);

  // News says when.
  useEffect(() => {
    const element = canvas.current;
    if (element === null || drawn.current === null) return;
    draw(element, states, drawn.current.layout, drawn.current.colours, states.takeDirty());
  }, [news, states]);

  const point = ({ nativeEvent: { offsetX, offsetY } }: PointerEvent): void => {
    const { columns, step } = layout;
    const [column, row] = [Math.floor(offsetX / step), Math.floor(offsetY / step)];
    const index = row * columns + column;
    const isThere = column < columns && index < states.length && states.at(index) !== null;
    setPointed(isThere ? { index, left: column * step + step / 2, top: row * step } : null);
  };

  const state = pointed === null ? null : states.at(pointed.index);
  return (
    <div className="chunk-grid" ref={frame}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Grid of ${states.length} chunks; the list above counts them by state, the table below shows them one by one`}
        style={{ width: layout.columns * layout.step, height: layout.height }}
        onPointerMove={point}
        onPointerLeave={() => setPointed(null)}
      />
      {pointed !== null && state !== null && (
        <span
          className="chunk-tip"
          aria-hidden
          style={{ left: Math.min(Math.max(pointed.left, 70), Math.max(70, width - 70)), top: pointed.top }}
        >
          Chunk {pointed.index}: {letterNames[state]}
        </span>
      )}
    </div>
  );
}

function* allOf(length: number): Iterable<number> {
  for (let index = 0; index < length; index++) yield index;
}

function draw(
  element: HTMLCanvasElement,
  states: ChunkStates,
  { columns, step, gap }: GridLayout,
  colours: readonly string[],
  indexes: Iterable<number>,
): void {
  const context = element.getContext("2d");
  if (context === null) return;
  const size = step - gap;
  let last = "";
  for (const index of indexes) {
    const letter = states.at(index);
    if (letter === null) continue;
    const colour = colours[letters.indexOf(letter)] ?? "";
    if (colour !== last) context.fillStyle = last = colour;
    const [x, y] = [(index % columns) * step, Math.floor(index / columns) * step];
    if (size < 9) context.fillRect(x, y, size, size);
    else {
      context.clearRect(x, y, size, size);
      context.beginPath();
      context.roundRect(x, y, size, size, 2.5);
      context.fill();
    }
  }
}
