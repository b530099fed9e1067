// Rows of a table that numbers name. Not part of the interface.
#ifndef STARLING_ROWS_OF_TABLES_H
#define STARLING_ROWS_OF_TABLES_H
#include "vector.h"
#include <stdint.h>
#include <string.h>

/// The row that a number names, the nearest where there is none.
STARLING_INLINE size_t row_named(float id, size_t height) {
    return id > 0 ? id >= (float)height ? height - 1 : (size_t)id : 0;
}

static void add_named_rows(const void *ids, int is_integer, const float *x, size_t count, size_t width, size_t height,
                           float *table, size_t first, size_t end) {
    const int32_t *integers = ids;
    const float *floats = ids;
    memset(table + first * width, 0, (end - first) * width * sizeof(float));
    for (size_t k = 0; k < count; k++) {
        size_t row = row_named(is_integer ? (float)integers[k] : floats[k], height);
        if (row < first || row >= end) continue;
        float *t = table + row * width;
        const float *added = x + k * width;
        for (size_t j = 0; j < width; j++) t[j] += added[j];
    }
}

#endif
