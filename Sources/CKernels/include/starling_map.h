#ifndef STARLING_MAP_H
#define STARLING_MAP_H
#include <stddef.h>
#include <stdint.h>

/// What one instruction of a map does. `t` is the target, `a b c` the sources, `w` the floats in a row of the target,
/// `v` the floats in a row of source `a`.
typedef enum {
    // Elementwise: w = v.
    STARLING_MAP_COPY,
    STARLING_MAP_RELU,
    STARLING_MAP_TANH,
    STARLING_MAP_SIGMOID,
    STARLING_MAP_SOFTPLUS,
    STARLING_MAP_EXP,
    STARLING_MAP_LOG,
    STARLING_MAP_ERF,
    STARLING_MAP_SQUARE,
    STARLING_MAP_SCALE,            // a·p
    STARLING_MAP_OFFSET,           // a + p
    STARLING_MAP_CLAMP,            // a in [p, q]
    STARLING_MAP_AT_LEAST,         // max(a, p)
    STARLING_MAP_ADD,
    STARLING_MAP_SUBTRACT,
    STARLING_MAP_MULTIPLY,
    STARLING_MAP_DIVIDE,
    STARLING_MAP_MINIMUM,
    STARLING_MAP_MAXIMUM,
    STARLING_MAP_RELU_GRADIENT,    // a > 0 ? b : 0, a the output of relu
    STARLING_MAP_TANH_GRADIENT,    // (1 − a²)·b, a the output of tanh
    STARLING_MAP_SIGMOID_GRADIENT, // a·(1 − a)·b, a the output of sigmoid
    STARLING_MAP_CLAMP_GRADIENT,   // p ≤ a ≤ q ? b : 0
    STARLING_MAP_LESS_GRADIENT,    // a ≤ b ? c : 0
    STARLING_MAP_GREATER_GRADIENT, // a > b ? c : 0
    STARLING_MAP_MULTIPLY_SCALAR,  // a·b[0], b without rows
    STARLING_MAP_MULTIPLY_FEATURES,// a[r, i]·b[i], b without rows
    STARLING_MAP_BYTES,            // uint8 a · p
    // Of another width.
    STARLING_MAP_REPEAT_FEATURES,  // t[r, i] = a[r]
    STARLING_MAP_REPEAT_ROWS,      // t[r, i] = a[i], a without rows
    STARLING_MAP_SUM_FEATURES,     // t[r] = Σ_i a[r, i]
    STARLING_MAP_SLICE,            // t[r, k] = a[r, i + k]
    STARLING_MAP_PART_BYTES,       // t[r, f·w' + k] = a[r, f·j + i + k]·p of uint8 a, in v/j frames of j bytes, w' = w·j/v
    STARLING_MAP_PART_FLOATS,      // the same of floats that lie in the bytes of a, from byte i on
    STARLING_MAP_EMBED,            // t[r, i + k] = a[r, k], 0 elsewhere
    STARLING_MAP_BESIDE,           // t[r] = a[r] followed by b[r]
    STARLING_MAP_REVERSE,          // t[r, i] = a[r, w − 1 − i]
    STARLING_MAP_TRANSPOSE,        // t[r, y·i + x] = a[r, x·j + y], x < i, y < j
    STARLING_MAP_REPEAT_EACH,      // t[r, k] = a[r, k/i]
    STARLING_MAP_SUM_GROUPS,       // t[r, k] = Σ of a[r, k·i] to a[r, k·i + i − 1]
    STARLING_MAP_LOG_SOFTMAX,      // over each i neighbours of a row
    STARLING_MAP_ONE_HOT,          // of each i neighbours of a, which are probabilities, the one that b, uniform in 0…1, names
    STARLING_MAP_GATHER,           // t[r] = a[r, b[r]], int32 b
    STARLING_MAP_SCATTER,          // t[r, b[r]] = a[r], 0 elsewhere
    STARLING_MAP_LOOKUP,           // t[r, n·i + k] = b[a[r, n], k], b [j, i] without rows, a float or, with p, int32
    STARLING_MAP_GAUSSIAN,         // N(0,1): a keys, b steps (uint64), c environments (uint32), i the draw
    // The end of a tile.
    STARLING_MAP_SUM_ROWS,         // t[i] = Σ_r a[r, i] over the rows of this call, a row of a being v/w rows
} starling_map_code;

typedef struct {
    starling_map_code code;
    uint16_t target, a, b, c;
    uint32_t width, source_width;
    float p, q;
    uint32_t i, j;
} starling_map_instruction;

/// Where a value of a map lies: memory that advances by `stride` bytes a row, or with stride 0 a register (a buffer
/// for one block) or a value without rows.
typedef struct {
    uint8_t *base;
    size_t stride;
} starling_map_slot;

/// Runs the instructions over `rows` rows, `block` rows at a time. At most 256 slots. Float memory is read up to 60
/// bytes past its end; registers need room for 16 floats more than a block.
void starling_map_run(const starling_map_instruction *code, size_t count, const starling_map_slot *slots,
                      size_t slot_count, size_t rows, size_t block);

#endif
