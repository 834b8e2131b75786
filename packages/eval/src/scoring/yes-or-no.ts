import { pythonWords } from './python/text.js';
import { removePunctuation, VLMEVALKIT_PUNCTUATION } from './vqa/punctuation.js';

/**
 * VLMEvalKit's `YOrN_Extraction`: yes if the word is there and no is not, and the other way round.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/yorn.py.
 *
 * @returns `Yes`, `No`, or null where the script says `Unknown`
 */
export function extractYesOrNo(answer: string): 'Yes' | 'No' | null {
  const words = pythonWords(removePunctuation(answer.toLowerCase(), VLMEVALKIT_PUNCTUATION));
  const yes = words.includes('yes');
  const no = words.includes('no');
  if (yes === no) return null;
  return yes ? 'Yes' : 'No';
}
