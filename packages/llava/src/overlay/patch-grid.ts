import type { PreparedPicture } from '../runtime/pictures.js';

/** A rectangle in units of the drawing. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Maps patches of a picture's first tile to the place where the picture is drawn. */
export class PatchGrid {
  private readonly scale: number;

  constructor(
    private readonly picture: PreparedPicture,
    /** Where the whole picture is drawn; its proportions are those of the picture. */
    readonly box: Box,
    private readonly patchSize: number,
  ) {
    this.scale = box.width / picture.picture.width;
  }

  get patches(): number {
    return this.picture.grid ** 2;
  }

  /** Corner (column, row) of the grid, in the drawing, clipped to the picture. */
  corner(column: number, row: number): readonly [x: number, y: number] {
    const placement = this.picture.placements[0]!;
    const { x, y, width, height } = this.box;
    const across = ((column * this.patchSize - placement.offsetX) / placement.scaleX) * this.scale;
    const down = ((row * this.patchSize - placement.offsetY) / placement.scaleY) * this.scale;
    return [x + Math.min(Math.max(across, 0), width), y + Math.min(Math.max(down, 0), height)];
  }

  /** The part of the picture that a patch covers; empty for a patch of padding. */
  patch(index: number): Box {
    const { grid } = this.picture;
    const [column, row] = [index % grid, Math.floor(index / grid)];
    const [left, top] = this.corner(column, row);
    const [right, bottom] = this.corner(column + 1, row + 1);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** The part of the picture that the model sees at all. */
  seen(): Box {
    const { grid } = this.picture;
    const [left, top] = this.corner(0, 0);
    const [right, bottom] = this.corner(grid, grid);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** Outline of the patches that `belongs` names, as an SVG path of the edges to other patches. */
  outline(belongs: (index: number) => boolean): string {
    const { grid } = this.picture;
    const inside = (column: number, row: number): boolean =>
      column >= 0 && row >= 0 && column < grid && row < grid && belongs(row * grid + column);
    const point = (column: number, row: number): string => {
      const [x, y] = this.corner(column, row);
      return `${x.toFixed(2)} ${y.toFixed(2)}`;
    };
    let data = '';
    for (let row = 0; row < grid; row++) {
      for (let column = 0; column < grid; column++) {
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
