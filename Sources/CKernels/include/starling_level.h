#ifndef STARLING_LEVEL_H
#define STARLING_LEVEL_H

/// Instruction sets that kernels are compiled for. All give the same bits.
typedef enum {
    STARLING_LEVEL_BASE,
    STARLING_LEVEL_X86_64_V3, // AVX2, FMA
    STARLING_LEVEL_X86_64_V4, // AVX-512
} starling_level;

/// The highest level that this CPU has; in use unless a test chose another.
starling_level starling_highest_level(void);

/// The processor's name as it tells it itself, or its architecture, cut to `size` bytes with the final 0.
void starling_name_cpu(char *name, int size);

/// For tests. Returns 0, and changes nothing, when this CPU lacks the level.
int starling_choose_level(starling_level level);

#endif
