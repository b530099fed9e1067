#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/// Bytes that were read from a TCP connection since it began; 0 when there are none or it can't be asked.
static inline unsigned long long starling_tcp_bytes_read(int descriptor) {
    // struct tcp_info of <linux/tcp.h>, which glibc's own lacks the field of; both can't be included. The kernel never
    // moves a field: tcpi_bytes_received, since Linux 4.1, is the 64 bits from byte 128 on.
    unsigned char info[256];
    socklen_t size = sizeof info;
    unsigned long long received;
    if (getsockopt(descriptor, 6 /* IPPROTO_TCP */, 11 /* TCP_INFO */, info, &size) != 0) return 0;
    if (size < 128 + sizeof received) return 0;
    memcpy(&received, info + 128, sizeof received);
    int unread = 0;
    if (ioctl(descriptor, FIONREAD, &unread) != 0 || unread < 0) return 0;
    return received > (unsigned long long)unread ? received - (unsigned long long)unread : 0;
}
