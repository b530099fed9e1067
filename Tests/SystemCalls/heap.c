#include "CStarlingSystemCalls.h"

#include <malloc.h>

int64_t starling_live_heap(void) {
    struct mallinfo2 info = mallinfo2();
    // Blocks of all arenas, and those that have a mapping of their own.
    return (int64_t)(info.uordblks + info.hblkhd);
}
