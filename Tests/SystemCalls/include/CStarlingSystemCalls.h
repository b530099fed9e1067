#ifndef STARLING_NETWORK_H
#define STARLING_NETWORK_H

#include <stdint.h>

/// Calls of Linux that Swift can't make: namespaces and tunnels for tests. Each returns 0 or more, or -errno.

/// Takes the calling thread, and what it starts from now on, into a network of its own that has only a loopback.
int starling_network_leave(void);

/// Makes a point-to-point interface in the thread's network and brings it up.
/// - Returns: the descriptor that its packets are read from and written to, one IP packet a call; it doesn't block.
int starling_network_tunnel(const char *name, uint32_t address, uint32_t peer, int mtu);

/// Waits until one of two descriptors can be read, or so long.
/// - Returns: bit 0 for the first, bit 1 for the second.
int starling_network_wait(int first, int second, int64_t nanoseconds);

#endif
