import type { ParameterSpec } from '../method.js';

/** The parameter of methods that keep a share of what reaches their cut. */
export const SHARE: ParameterSpec = {
  name: 'share',
  type: 'number',
  min: 0,
  max: 1,
  default: null,
  setsBudget: true,
  description: 'Share of the visual tokens that reach the cut, max(1, int(n · share)) of them',
};
