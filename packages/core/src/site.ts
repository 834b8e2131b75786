/**
 * Where a method may act.
 *
 * - `vision`: inside the vision tower after block `block`, or on the tower's `output`, before the projector
 * - `input`: projected visual tokens, before the decoder
 * - `attention`: inside decoder layer `layer`, between attention and MLP
 * - `layer`: after decoder layer `layer`
 * - `cache`: on the key/value cache, after the prefill, or after every decoded token
 * - `weights`: on the checkpoint, before loading
 */
export type Site =
  | { readonly kind: 'vision'; readonly block: number | 'output' }
  | { readonly kind: 'input' }
  | { readonly kind: 'attention'; readonly layer: number }
  | { readonly kind: 'layer'; readonly layer: number }
  | { readonly kind: 'cache'; readonly moment: 'prefill' | 'decode' }
  | { readonly kind: 'weights' };

/** The word before the colon of {@link siteKey}. */
export type SiteKind = Site['kind'];

/** A stable text for a site, for maps and messages: `layer:2`, `vision:output`, `input`. */
export function siteKey(site: Site): string {
  switch (site.kind) {
    case 'vision':
      return `vision:${site.block}`;
    case 'attention':
    case 'layer':
      return `${site.kind}:${site.layer}`;
    case 'cache':
      return `cache:${site.moment}`;
    default:
      return site.kind;
  }
}
