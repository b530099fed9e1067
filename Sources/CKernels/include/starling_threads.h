#ifndef STARLING_THREADS_H
#define STARLING_THREADS_H

/// Names the calling thread; the kernel keeps 15 bytes. (glibc hides its own function from Swift.)
void starling_name_thread(const char *name);

#endif
