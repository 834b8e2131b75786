/** An element of the page by its id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** A slider with its number beside it. */
export class Slider {
  private readonly input: HTMLInputElement;
  private readonly output: HTMLElement;

  constructor(
    id: string,
    private readonly format: (value: number) => string,
    onInput: () => void,
  ) {
    this.input = byId<HTMLInputElement>(id);
    this.output = byId(`${id}-value`);
    this.input.addEventListener('input', () => {
      this.show();
      onInput();
    });
    this.show();
  }

  get value(): number {
    return Number(this.input.value);
  }

  set value(value: number) {
    this.input.value = String(value);
    this.show();
  }

  /** Sets the range and enables the slider. */
  setMax(max: number): void {
    this.input.max = String(max);
    this.input.disabled = false;
  }

  private show(): void {
    this.output.textContent = this.format(this.value);
  }
}

/** A picture chosen, dropped or taken from the example, as a data URL. */
export class PictureField {
  url: string | undefined;
  private readonly preview = byId<HTMLImageElement>('preview');

  constructor(private readonly onProblem: (message: string) => void) {
    const file = byId<HTMLInputElement>('file');
    const drop = byId('drop');
    file.addEventListener('change', () => void this.take(file.files?.[0]));
    drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
    drop.addEventListener('dragleave', () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      void this.take(event.dataTransfer?.files[0]);
    });
    byId('example').addEventListener('click', () => void this.takeExample());
  }

  private async takeExample(): Promise<void> {
    const response = await fetch('example.jpg');
    await this.take(await response.blob(), 'The example picture');
  }

  private async take(file: Blob | undefined, name?: string): Promise<void> {
    if (!file) return;
    if (!file.type.startsWith('image/')) {
      this.onProblem('That is no picture; choose a JPEG, PNG, WebP or GIF file');
      return;
    }
    this.url = await new Promise<string>((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as string);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
    this.preview.src = this.url;
    this.preview.alt = name ?? (file as File).name;
    this.preview.hidden = false;
    byId('drop-text').hidden = true;
    this.onProblem('');
  }
}
