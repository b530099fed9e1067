#ifndef STARLING_SCAN_H
#define STARLING_SCAN_H
#include <stddef.h>

/// A recurrent layer over `steps` steps of `columns` sequences side by side; row t·columns + b. Functions do the columns
/// from `first` to `end`; their scratch holds 8·hidden floats for each of them and 128 more.
typedef struct {
    size_t steps, columns, hidden;
} starling_scan;

/// GRU (Cho et al. 2014, as PyTorch): r = σ(x_r + h_r), z = σ(x_z + h_z), n = tanh(x_n + r·h_n), h' = (1 − z)·n + z·h with
/// (h_r, h_z, h_n) = W·h + b and h zeroed where reset is 1. x [rows, 3·hidden] is the input's part with its bias; weight is
/// packed, [hidden, 3·hidden]; initial [columns, hidden]. trace [rows, 5·hidden]: h', r, z, n, h_n.
void starling_gru(const starling_scan *s, const float *x, const float *initial, const float *reset, const float *packed,
                  size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch);

/// upstream [rows, hidden] by h'; weight [3·hidden, hidden] as it lies. gradient [rows, 6·hidden]: by the sums inside r, z, n,
/// by h_n, by the state before the row, and that state as the row saw it.
void starling_gru_gradient(const starling_scan *s, const float *trace, const float *initial, const float *reset,
                           const float *weight, const float *upstream, float *gradient, size_t first, size_t end,
                           float *scratch);

/// LSTM (Hochreiter & Schmidhuber 1997, with forget gate, as PyTorch): c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c').
/// x [rows, 4·hidden] in the order i, f, g, o; initial [columns, 2·hidden]: h, c. trace [rows, 6·hidden]: h', c', and the
/// four gates.
void starling_lstm(const starling_scan *s, const float *x, const float *initial, const float *reset, const float *packed,
                   size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch);

/// upstream [rows, 2·hidden] by h', c'. gradient [rows, 7·hidden]: by the sums inside the four gates, by h and c before the
/// row, and h as the row saw it.
void starling_lstm_gradient(const starling_scan *s, const float *trace, const float *initial, const float *reset,
                            const float *weight, const float *upstream, float *gradient, size_t first, size_t end,
                            float *scratch);

#endif
