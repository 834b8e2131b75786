/** The columns that name a question in the files of the benchmarks and tools, best first. */
export const ID_FIELDS = [
  'question_id',
  'questionId',
  'index',
  'doc_id',
  'sample_index',
  'pid',
  'id',
] as const;

/** The id columns of a record. */
export type IdFields = Readonly<
  Partial<Record<(typeof ID_FIELDS)[number], string | null | undefined>>
>;

/** The id of a record: its first id column, else its place in the file, from 0. */
export function idOfRecord(record: IdFields, place: number): string {
  const field = ID_FIELDS.find((name) => record[name] !== undefined && record[name] !== null);
  return (field && record[field]) ?? String(place);
}
