import type { TokenView } from '../runtime/packing.js';
import type { PreparedPicture } from '../runtime/pictures.js';

/** A rectangle in units of the drawing. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Maps the tokens of one view of a picture to the place where the picture is drawn. */
export class PatchGrid {
  private readonly scale: number;
  private readonly view: TokenView;

  constructor(
    private readonly picture: PreparedPicture,
    /** 0 for the first tile, 1 for the grid of tiles of a picture that has one. */
    private readonly viewIndex: number,
    /** Where the whole picture is drawn; its proportions are those of the picture. */
    readonly box: Box,
    private readonly patchSize: number,
  ) {
    this.scale = box.width / picture.picture.width;
    this.view = picture.packing.views[viewIndex]!;
  }

  /** Cells of the view, row by row. */
  get cells(): number {
    return this.view.columns * this.view.rows;
  }

  /** The picture's token of a cell. */
  token(cell: number): number {
    const { columns, first, stride } = this.view;
    return first + Math.floor(cell / columns) * stride + (cell % columns);
  }

  /** Corner (column, row) of the view, in the drawing, clipped to the picture. */
  corner(column: number, row: number): readonly [x: number, y: number] {
    const { x, y, width, height } = this.box;
    if (this.viewIndex > 0) {
      // The grid of tiles was cut to the picture, so that its tokens cover it evenly.
      return [x + (column / this.view.columns) * width, y + (row / this.view.rows) * height];
    }
    const { placement } = this.picture;
    const across = ((column * this.patchSize - placement.offsetX) / placement.scaleX) * this.scale;
    const down = ((row * this.patchSize - placement.offsetY) / placement.scaleY) * this.scale;
    return [x + Math.min(Math.max(across, 0), width), y + Math.min(Math.max(down, 0), height)];
  }

  /** The part of the picture that a cell covers; empty for a patch of padding. */
  cell(index: number): Box {
    const { columns } = this.view;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    const [left, top] = this.corner(column, row);
    const [right, bottom] = this.corner(column + 1, row + 1);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** The part of the picture that the model sees at all. */
  seen(): Box {
    const [left, top] = this.corner(0, 0);
    const [right, bottom] = this.corner(this.view.columns, this.view.rows);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** Outline of the cells that `belongs` names, as an SVG path of the edges to other cells. */
  outline(belongs: (cell: number) => boolean): string {
    const { columns, rows } = this.view;
    const inside = (column: number, row: number): boolean =>
      column >= 0 && row >= 0 && column < columns && row < rows && belongs(row * columns + column);
    const point = (column: number, row: number): string => {
      const [x, y] = this.corner(column, row);
      return `${x.toFixed(2)} ${y.toFixed(2)}`;
    };
    let data = '';
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        if (!inside(column, row)) continue;
        const edge = (fromColumn: number, fromRow: number, toColumn: number, toRow: number) => {
          data += `M${point(fromColumn, fromRow)}L${point(toColumn, toRow)}`;
        };
        if (!inside(column, row - 1)) edge(column, row, column + 1, row);
        if (!inside(column, row + 1)) edge(column, row + 1, column + 1, row + 1);
        if (!inside(column - 1, row)) edge(column, row, column, row + 1);
        if (!inside(column + 1, row)) edge(column + 1, row, column + 1, row + 1);
      }
    }
    return data;
  }
}
