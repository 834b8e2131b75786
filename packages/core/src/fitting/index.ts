/** Procedures that fit a method's numbers to a model, on samples that are not scored. */
export {
  type FitpruneFit,
  type FitpruneFitOptions,
  type FitpruneLayer,
  fitpruneFit,
} from '../published/fitprune-fit.js';
export { type VtwSearch, vtwSearch } from '../published/vtw.js';
