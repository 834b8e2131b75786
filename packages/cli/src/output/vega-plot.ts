/** What all plots look like. */
const STYLE = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  background: 'white',
  config: {
    font: 'sans-serif',
    axis: { grid: true, gridColor: '#eaeef2' },
    view: { stroke: null },
  },
};

/** A Vega-Lite specification, without its style, drawn as SVG. */
export async function plotSvg(specification: object): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile({ ...STYLE, ...specification } as never);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  return view.toSVG();
}

/** Pixels of a PNG for each of the SVG. */
const PNG_SCALE = 2;

/** An SVG as PNG, twice as large. */
export async function plotPng(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(svg), { density: 72 * PNG_SCALE })
    .png()
    .toBuffer();
}
