export type { OverlayOptions } from './overlay.js';
export { overlayPng, overlaySvg } from './overlay.js';
