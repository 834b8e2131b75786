/** Colours of the drawings. Merged groups take turns through `groups`, which stay apart for colour-blind readers. */
export const PALETTE = {
  ink: '#1b1f24',
  quiet: '#6a737d',
  rule: '#d8dee4',
  accent: '#0969da',
  paper: '#ffffff',
  wash: '#f6f8fa',
  groups: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'],
} as const;
