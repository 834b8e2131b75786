/** Tasks of each group in the order in which the script prints them. */
export const MME_GROUPS = [
  {
    title: 'Perception',
    key: 'perception_total',
    tasks: 'existence count position color posters celebrity scene landmark artwork OCR'.split(' '),
  },
  {
    title: 'Cognition',
    key: 'cognition_total',
    tasks: 'commonsense_reasoning numerical_calculation text_translation code_reasoning'.split(' '),
  },
] as const;

/** Every task. */
export const MME_TASKS: readonly string[] = MME_GROUPS.flatMap(({ tasks }) => tasks);
