import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';

const lines = (file) =>
  readFileSync(join(shapesVqaFolder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The questions of the embedded evaluation set, in the order of its file. */
export const readQuestions = () => lines('questions.jsonl');

/** Answer and kind of every question of the embedded evaluation set, by its id. */
export const readAnnotations = () =>
  new Map(lines('annotations.jsonl').map((one) => [one.question_id, one]));

/** The path of a picture of the embedded evaluation set. */
export const picturePath = (name) => join(shapesVqaFolder, 'images', name);
