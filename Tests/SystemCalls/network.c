#define _GNU_SOURCE
#include "CStarlingSystemCalls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/// Sets flags of an interface beside those it has.
static int raise_flags(int control, const char *name, short flags) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(control, SIOCGIFFLAGS, &request) < 0) return -errno;
    request.ifr_flags |= flags;
    return ioctl(control, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int starling_network_leave(void) {
    if (unshare(CLONE_NEWNET) < 0) return -errno;
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return -errno;
    int result = raise_flags(control, "lo", IFF_UP);
    close(control);
    return result;
}

static int set_address(int control, const char *name, unsigned long call, uint32_t address) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    struct sockaddr_in *place = (struct sockaddr_in *)&request.ifr_addr;
    place->sin_family = AF_INET;
    place->sin_addr.s_addr = htonl(address);
    return ioctl(control, call, &request) < 0 ? -errno : 0;
}

static int configure(const char *name, uint32_t address, uint32_t peer, int mtu) {
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return -errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_mtu = mtu;
    int result = ioctl(control, SIOCSIFMTU, &request) < 0 ? -errno : 0;
    if (result == 0) result = set_address(control, name, SIOCSIFADDR, address);
    if (result == 0) result = set_address(control, name, SIOCSIFDSTADDR, peer);
    if (result == 0) result = raise_flags(control, name, IFF_UP);
    close(control);
    return result;
}

int starling_network_tunnel(const char *name, uint32_t address, uint32_t peer, int mtu) {
    int tunnel = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tunnel < 0) return -errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    int result = ioctl(tunnel, TUNSETIFF, &request) < 0 ? -errno : configure(name, address, peer, mtu);
    if (result < 0) {
        close(tunnel);
        return result;
    }
    return tunnel;
}

int starling_network_wait(int first, int second, int64_t nanoseconds) {
    struct pollfd polls[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    if (ppoll(polls, 2, &time, NULL) <= 0) return 0;
    return (polls[0].revents != 0) | (polls[1].revents != 0) << 1;
}
