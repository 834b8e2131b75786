/** Items collected under keys, in the order in which the keys came up: scores by default. */
export class Groups<Key, Item = number> {
  private readonly items = new Map<Key, Item[]>();

  /** Adds an item under a key. */
  add(key: Key, item: Item): void {
    const group = this.items.get(key);
    if (group) group.push(item);
    else this.items.set(key, [item]);
  }

  /** The items under a key, none where it never came up. */
  get(key: Key): readonly Item[] {
    return this.items.get(key) ?? [];
  }

  /** Keys with their items. */
  entries(): [Key, readonly Item[]][] {
    return [...this.items];
  }
}
