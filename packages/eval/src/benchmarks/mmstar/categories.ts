/** The six categories with their three sub-categories each, in the script's order. */
export const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  'coarse perception': ['image scene and topic', 'image style & quality', 'image emotion'],
  'fine-grained perception': ['object counting', 'recognition', 'localization'],
  'instance reasoning': [
    'single-instance reasoning',
    'cross-instance attribute reasoning',
    'cross-instance relation reasoning',
  ],
  'logical reasoning': ['code & sequence reasoning', 'diagram reasoning', 'common reasoning'],
  'science & technology': [
    'biology & chemistry & physics',
    'electronics & energy & mechanical eng.',
    'geography & earth science & agriculture',
  ],
  math: ['geometry', 'numeric commonsense and calculation', 'statistical reasoning'],
};
