/** What a request is about, for errors. */
export interface Subject {
  /** Model, `org/name`. */
  readonly id: string;
  readonly revision: string;
  /** File of the model; without it the model as a whole. */
  readonly file?: string;
}

/** A subject as errors begin with it. */
export function subjectName({ id, revision, file }: Subject): string {
  return file === undefined ? `${id} (revision ${revision})` : `${id}: ${file}`;
}
