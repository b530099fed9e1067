#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <zmq.h>

// Declared for draft builds only, but stable releases know it too (and a test sees that it works).
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
