/** What a suite is told. */
export interface SuiteContext {
  /** A short form: for CI, and to see whether it works. */
  readonly short: boolean;
  /** Says what is being done, on standard error. */
  readonly say: (line: string) => void;
}

/** Numbers by name, some of them in groups: one line of JSON. */
export type Figures = {
  readonly [name: string]: number | string | boolean | Figures | readonly Figures[] | readonly number[];
};

export interface Suite {
  readonly name: string;
  /** What it measures, and what with, in one sentence. */
  readonly about: string;
  /** @returns the figures of the table, and how far they spread */
  run(context: SuiteContext): Promise<Figures>;
  /** What must hold on any machine: ratios, counts, growth. @returns what does not */
  failures(figures: Figures): readonly string[];
}
