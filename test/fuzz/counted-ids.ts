/** Ids in the order in which they are asked for, so that two readings of one input can be compared. */
export function countedIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `id${String(count).padStart(16, '0')}`;
  };
}
