// Counting queens: pure JavaScript, integers and recursion.

/** How many ways there are to place `size` queens so that none attacks another. */
export function queens(size, columns = 0, left = 0, right = 0) {
  const full = (1 << size) - 1;
  if (columns === full) return 1;
  let count = 0;
  let free = full & ~(columns | left | right);
  while (free) {
    const place = free & -free;
    free ^= place;
    count += queens(size, columns | place, (left | place) << 1, (right | place) >> 1);
  }
  return count;
}
