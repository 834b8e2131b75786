/** What a column of a published table counts, and where the same number stands in a score of this package. */
export interface PublishedColumn {
  readonly benchmark: string;
  readonly definition: string;
  /** Paths into the metrics, added up; `*` is the only key that holds a table. */
  readonly paths: readonly (readonly string[])[];
  /** What the metric is multiplied by to have the printed unit. */
  readonly factor: number;
  /** Largest difference, in the printed unit, at which a run of one's own counts as the same. */
  readonly tolerance: number;
  /** What exactly was counted. */
  readonly basis: string;
}

/** Re-runs by others of the same checkpoint differ by up to 0.4 points where a rule scores. */
const RULE_TOLERANCE = 0.5;
/** The same for MME's sums of up to 2,800. */
const MME_TOLERANCE = 10;
/** The published grades are GPT-4's of 2023; grades of another day differ by more. */
const JUDGE_TOLERANCE = 1.5;

const column = (
  benchmark: string,
  definition: string,
  path: readonly string[],
  basis: string,
  { factor = 1, tolerance = RULE_TOLERANCE }: { factor?: number; tolerance?: number } = {},
): PublishedColumn => ({ benchmark, definition, paths: [path], factor, tolerance, basis });

const MME = { tolerance: MME_TOLERANCE };
const SHARE = { factor: 100 };

/** Columns of the built-in tables. */
export const PUBLISHED_COLUMNS = {
  vqav2: column('vqav2', 'official_HEAD', ['overall'], 'test-dev, scored by the server'),
  gqa: column('gqa', 'official', ['accuracy'], 'testdev-balanced'),
  vizwiz: column('vizwiz', 'llava_upload', ['accuracy'], 'test, scored by the server'),
  sqa_image: column('scienceqa', 'llava', ['img_accuracy'], 'questions with a picture'),
  sqa_total: column(
    'scienceqa',
    'llava',
    ['accuracy'],
    'all questions; the scripts ignore the budget here',
  ),
  textvqa: column('textvqa', 'm4c', ['*', 'accuracy_percent'], 'val, OCR tokens in the prompt'),
  pope: column('pope', 'llava', ['average_f1'], 'mean F1 of the three splits', SHARE),
  mme_perception: column('mme', 'official', ['perception_total'], 'perception, of 2000', MME),
  mme_cognition: column('mme', 'official', ['cognition_total'], 'cognition, of 800', MME),
  mme_total: {
    ...column('mme', 'official', ['perception_total'], 'perception and cognition, of 2800', MME),
    paths: [['perception_total'], ['cognition_total']],
  },
  mmbench: column(
    'mmbench',
    'vlmevalkit_exact_matching',
    ['circular_overall'],
    'dev, all circular passes of a question right',
    SHARE,
  ),
  mmbench_cn: column(
    'mmbench-cn',
    'vlmevalkit_exact_matching',
    ['circular_overall'],
    'dev, all circular passes of a question right',
    SHARE,
  ),
  seed: column('seedbench', 'llava', ['total'], 'pictures and video frames'),
  seed_image: column('seedbench', 'llava', ['image'], 'pictures alone'),
  llava_bench: column(
    'llavabench',
    'llava',
    ['*', 'all', 'relative_percent'],
    'judge gpt-4-0314 of 2023',
    { tolerance: JUDGE_TOLERANCE },
  ),
  mm_vet: column('mmvet', 'official', ['capabilities', 'total'], 'judge GPT-4 of 2023', {
    tolerance: JUDGE_TOLERANCE,
  }),
} as const satisfies Readonly<Record<string, PublishedColumn>>;

export type PublishedColumnName = keyof typeof PUBLISHED_COLUMNS;
