#ifndef STARLING_CHECKSUM_H
#define STARLING_CHECKSUM_H
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected, as in RFC 3720 appendix B.4) of `count` bytes, continued from `crc`:
/// 0 begins, and the value for one piece continues with the next. By the processor's own instruction where it has one.
uint32_t starling_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same without that instruction, for tests.
uint32_t starling_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

#endif
