import { fileURLToPath } from 'node:url';

const folder = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Folder of the checkpoint, in the Hugging Face layout. */
export const modelFolder: string = folder('model');

/** Folder of the evaluation set ShapesVQA: `questions.jsonl`, `annotations.jsonl` and `images/`. */
export const shapesVqaFolder: string = folder('shapesvqa');
