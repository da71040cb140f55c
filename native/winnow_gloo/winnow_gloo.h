/*
 * Exchanges between processes over gloo, as a C library that knows nothing of libtorch.
 *
 * A group is opened by each of its ranks at one of that machine's own addresses. It then listens once for every other rank; the places where it does
 * are handed out by whoever uses this library, and each rank connects to all others, in the order of ranks. From then on all ranks begin the same
 * exchanges in the same order. A group runs its exchanges one after the other on a thread of its own, so that the caller can go on computing.
 *
 *   winnow_gloo_open   winnow_gloo_address (for each other rank)   … hand out …   winnow_gloo_connect (to each other rank)
 *   winnow_gloo_all_reduce … winnow_gloo_wait                                     winnow_gloo_close
 *
 * Functions that return int32_t give 0, or -1 with a text that winnow_gloo_error returns; no C++ exception leaves the library. A group is used by one
 * thread at a time, but for winnow_gloo_abort, which any thread may call until winnow_gloo_close begins. The process has to ignore SIGPIPE (the .NET
 * runtime does). Connections are neither encrypted nor authenticated.
 */
#ifndef WINNOW_GLOO_H
#define WINNOW_GLOO_H

#include <stdint.h>

#if defined(_WIN32)
#define WINNOW_GLOO_API __declspec(dllexport)
#else
#define WINNOW_GLOO_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Counts up when a function's meaning or parameters change. */
#define WINNOW_GLOO_ABI 1

/* The longest address of a listening place, in bytes. */
#define WINNOW_GLOO_ADDRESS_BYTES 192

/* Element types that can be added up. */
#define WINNOW_GLOO_FLOAT32 0
#define WINNOW_GLOO_FLOAT64 1
#define WINNOW_GLOO_INT32 2
#define WINNOW_GLOO_INT64 3

/* One rank's end of a group. */
typedef struct winnow_gloo_group winnow_gloo_group;

/* An exchange that was begun. */
typedef struct winnow_gloo_exchange winnow_gloo_exchange;

WINNOW_GLOO_API int32_t winnow_gloo_abi(void);

/* Why this thread's last failed call failed: UTF-8, valid until this thread's next call. */
WINNOW_GLOO_API const char* winnow_gloo_error(void);

/*
 * Listens at `address`, one of this machine's own in numbers (10.0.0.1, ::1), at ports that the system chooses.
 * rank in [0, size), size at least 2. timeout_ms: how long a connection may take and an exchange may stand still, at least 5.
 */
WINNOW_GLOO_API int32_t winnow_gloo_open(const char* address, int32_t rank, int32_t size, int64_t timeout_ms, winnow_gloo_group** group);

/* Where this rank listens for `peer`: *length bytes, at most WINNOW_GLOO_ADDRESS_BYTES, that mean something to winnow_gloo_connect of that peer only. */
WINNOW_GLOO_API int32_t winnow_gloo_address(winnow_gloo_group* group, int32_t peer, uint8_t* bytes, int32_t* length);

/* Connects to `peer`, which listens for this rank at that address; returns when both are connected. The peer has to connect, too. */
WINNOW_GLOO_API int32_t winnow_gloo_connect(winnow_gloo_group* group, int32_t peer, const uint8_t* bytes, int32_t length);

/*
 * Each of these begins an exchange; memory belongs to the library until winnow_gloo_wait returns. Kind, type, number and order of exchanges are the
 * same on all ranks: where they aren't, the exchange fails when the timeout is over.
 *
 * all_reduce   adds up `count` elements over all ranks, in place; all get the same bits
 * all_gather   puts the ranks' `bytes` bytes one after the other into `all` (size * bytes), the same on all ranks
 * broadcast    overwrites `bytes` bytes with those of rank `root`
 * barrier      is over when all ranks have begun it
 */
WINNOW_GLOO_API int32_t winnow_gloo_all_reduce(winnow_gloo_group* group, void* data, int64_t count, int32_t type, winnow_gloo_exchange** exchange);
WINNOW_GLOO_API int32_t winnow_gloo_all_gather(winnow_gloo_group* group, const void* mine, int64_t bytes, void* all, winnow_gloo_exchange** exchange);
WINNOW_GLOO_API int32_t winnow_gloo_broadcast(winnow_gloo_group* group, void* data, int64_t bytes, int32_t root, winnow_gloo_exchange** exchange);
WINNOW_GLOO_API int32_t winnow_gloo_barrier(winnow_gloo_group* group, winnow_gloo_exchange** exchange);

/* Waits until an exchange is over, and frees it. The first one that fails ends the group: all later ones fail with the same text. */
WINNOW_GLOO_API int32_t winnow_gloo_wait(winnow_gloo_exchange* exchange);

/* Gives up: whoever waits in a connection or an exchange of this group is set free within milliseconds, and nothing more can be begun. */
WINNOW_GLOO_API void winnow_gloo_abort(winnow_gloo_group* group);

/* Closes the connections. Exchanges that still run are given up; each is still waited for, before or after. Null is allowed. */
WINNOW_GLOO_API void winnow_gloo_close(winnow_gloo_group* group);

#ifdef __cplusplus
}
#endif

#endif
