#ifndef STARLING_SYSTEM_CALLS_H
#define STARLING_SYSTEM_CALLS_H

#include <stdint.h>

/// Calls of Linux that Swift does not see, for tests. Those of networks return 0 or more, or -errno.

/// Takes the calling thread, and what it starts from now on, into a network of its own that has only a loopback.
int starling_network_leave(void);

/// Makes a point-to-point interface in the thread's network and brings it up.
/// - Returns: the descriptor that its packets are read from and written to, one IP packet a call; it doesn't block.
int starling_network_tunnel(const char *name, uint32_t address, uint32_t peer, int mtu);

/// Waits until one of two descriptors can be read, or so long.
/// - Returns: bit 0 for the first, bit 1 for the second.
int starling_network_wait(int first, int second, int64_t nanoseconds);

/// Bytes that this process has allocated and not freed, by the C library's own books.
int64_t starling_live_heap(void);

#endif
