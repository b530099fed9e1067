// All of the module: a header listed here is tracked by the build, one found by a search would not be.
#include "starling_hash.h"
#include "starling_level.h"
#include "starling_map.h"
#include "starling_optimizer.h"
#include "starling_product.h"
#include "starling_random.h"
#include "starling_threads.h"
#include "starling_validate.h"
