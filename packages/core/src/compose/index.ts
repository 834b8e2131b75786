export { composeMethods } from './compose-methods.js';
export { type LayerSpecOptions, parseLayerSpecs } from './layer-specs.js';
export { parseMethods } from './parse-methods.js';
