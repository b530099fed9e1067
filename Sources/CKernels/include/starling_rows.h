#ifndef STARLING_ROWS_H
#define STARLING_ROWS_H
#include <stddef.h>

/// table[r] = Σ of x[k] whose id is r, for the rows from `first` to `end` of a table [height, width]; x is [count, width]. Ids are int32
/// or float, and one without a row counts as the nearest. Sums go by rising k, whoever does which rows.
void starling_add_named_rows(const void *ids, int is_integer, const float *x, size_t count, size_t width, size_t height,
                             float *table, size_t first, size_t end);

#endif
