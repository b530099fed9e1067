#include <sodium/crypto_shorthash.h>
