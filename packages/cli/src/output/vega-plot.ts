/** A Vega-Lite specification drawn as SVG. */
export async function plotSvg(specification: object): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile(specification as never);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  return view.toSVG();
}
