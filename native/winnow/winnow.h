/* winnow: which samples to visit in each epoch of a training, for a trainer in any language.
 *
 * Needs no .NET on the machine: libwinnow.so is compiled ahead of time (on x64 for processors with AVX2; others end at the first call). Everything crosses as fixed-width numbers and plain arrays.
 *
 *     winnow_pruner_options options = { sizeof options };
 *     options.epochs = 200;
 *     winnow_pruner pruner;
 *     if (winnow_pruner_create("infobatch:keep=0.5", samples, &options, &pruner) != WINNOW_OK) ...   // winnow_pruner_last_error says why
 *     for (int32_t epoch = 0; epoch < 200; epoch++) {
 *       winnow_plan plan;
 *       winnow_pruner_plan(pruner, epoch, &plan);
 *       const int32_t* ids; int64_t count;
 *       winnow_plan_order(plan, &ids, &count);            // the ids to visit, in this order
 *       // ... train: multiply each loss by its weight (winnow_plan_weights_of), and hand the raw losses back:
 *       winnow_signals signals = { sizeof signals };
 *       signals.losses = losses;
 *       winnow_pruner_observe(pruner, epoch, batch_ids, batch_count, &signals);
 *       winnow_plan_free(plan);
 *     }
 *     winnow_pruner_destroy(pruner);
 *
 * Rules
 *  - Every function returns WINNOW_OK or a negative winnow_status, and then winnow_pruner_last_error() has the reason of this thread's last
 *    failure. A call that failed changed nothing.
 *  - Handles are numbers that are never given twice. One that was destroyed, or never existed, is refused (WINNOW_BAD_HANDLE).
 *  - Pointers: NULL where something is needed, negative counts, ids out of range and broken UTF-8 are refused. A pointer to memory that isn't
 *    there can't be found out and ends the process, as in any C library. Texts in are NUL-terminated UTF-8 of at most 4096 bytes.
 *  - Arrays given in are read (or written) during the call only. Pointers given out by winnow_plan_order and winnow_plan_weights are valid
 *    until winnow_plan_free of that plan, whatever is planned meanwhile. They must not be written through.
 *  - Structures begin with their size, to be set by the caller, so that a program compiled against another version of this page is refused.
 *
 * Threads
 *  - Any thread may call. One pruner serves one call at a time: a second one that comes meanwhile is refused (WINNOW_BUSY) and changes nothing.
 *  - A plan never changes; any number of threads may read one at a time. Different pruners don't know of each other.
 *  - After fork() the child must not call into this library (threads don't survive a fork); a child that executes another program is fine.
 *
 * Ids are 0-based and int64 (int32 in a plan's own order, to halve its memory); losses and weights are float32. */
#ifndef WINNOW_H
#define WINNOW_H

#include <stdint.h>

#if defined(_WIN32)
#define WINNOW_PRUNER_API __declspec(dllimport)
#else
#define WINNOW_PRUNER_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t winnow_status;
enum {
  WINNOW_OK = 0,
  WINNOW_BAD_ARGUMENT = -1,  /* a value that isn't possible; the message names value, rule and remedy */
  WINNOW_BAD_STATE = -2,     /* possible, but not now: such as planning an epoch before the last one's losses are in */
  WINNOW_BAD_HANDLE = -3,    /* no such pruner or plan (any more) */
  WINNOW_BUSY = -4,          /* another thread is using this pruner; nothing was done */
  WINNOW_OUT_OF_MEMORY = -5,
  WINNOW_INTERNAL = -6,      /* a defect of this library; please report the message */
  WINNOW_BAD_CHECKPOINT = -7 /* a saved state that is torn, altered, or of another run; the message says which */
};

typedef uint64_t winnow_pruner;  /* 0 is never one */
typedef uint64_t winnow_plan;    /* 0 is never one */

typedef struct winnow_pruner_options {
  uint32_t size;             /* sizeof(winnow_pruner_options) */
  int32_t epochs;            /* how many the run has, at least 1 */
  uint64_t seed;             /* of draws and orders; any value */
  int32_t threads;           /* that planning may use, at least 1, or 0: all cores. Never changes a result */
  int32_t allow_unobserved;  /* 1: an epoch may be planned while losses of the one before are missing; 0: that is refused */
  const int32_t* labels;     /* the class of each sample, for methods that look at classes; NULL otherwise. Copied. Classes count from 0, without large
                                gaps: below 65536, or below the number of samples where that is more */
  int64_t label_count;       /* one a sample, or 0 */
} winnow_pruner_options;

enum { WINNOW_NEEDS_LOSSES = 1, WINNOW_NEEDS_PREDICTIONS = 2 /* confidences and correct */, WINNOW_NEEDS_BATCH_LOSSES = 8 };

/* What the model said of some samples; each array is NULL or has one element a sample, in the order of the ids. What is given is checked, whether
 * the method needs it or not: a confidence outside [0, 1], or a byte other than 0 and 1, is refused with its place and nothing is taken. */
typedef struct winnow_signals {
  uint32_t size;              /* sizeof(winnow_signals) */
  uint32_t reserved;          /* 0 */
  const float* losses;        /* raw: neither weighted nor averaged. NaN and infinities, in scores too, are counted and their samples kept */
  const float* scores;        /* your own numbers to rank the samples by in the losses' place; larger: more worth visiting */
  const float* batch_losses;  /* the mean loss of the batch that each sample was in */
  const float* confidences;   /* the probability that the model gave to its own prediction, in [0, 1]; NaN where it gave none: not sure */
  const uint8_t* correct;     /* whether that prediction was right: 0 or 1 */
} winnow_signals;

typedef struct winnow_plan_facts {
  uint32_t size;       /* sizeof(winnow_plan_facts) */
  int32_t epoch;       /* 0-based */
  int32_t epochs;      /* of the run */
  int32_t reserved;
  int64_t samples;     /* of the data set */
  int64_t visits;      /* how many of them this epoch visits; at least 1 */
  double weight_sum;   /* of all weights, in float64 */
} winnow_plan_facts;

/* Losses are of the current epoch unless said otherwise; NaN where there are none. */
typedef struct winnow_statistics {
  uint32_t size;                 /* sizeof(winnow_statistics) */
  int32_t epochs;                /* planned */
  int64_t samples;               /* of the data set */
  int64_t planned;               /* visits, over all epochs */
  int64_t observed;              /* different samples, summed over the epochs */
  int64_t unobserved;            /* samples of the current plan that have no loss yet */
  int64_t repeated;              /* losses of samples that had one in that epoch already; the last counts */
  int64_t refreshed;             /* samples that sat out and were looked at all the same */
  int64_t non_finite;            /* losses that were NaN or infinite */
  double asked_save;             /* the share of visits the method was asked to save; NaN if it wasn't */
  double saved;                  /* 1 - planned / (samples * epochs planned) */
  double mean_loss;              /* plain mean over the visited */
  double weighted_loss;          /* sum(weight * loss) / sum(weight): estimates the mean over all samples */
  double stored_loss;            /* mean of the last losses of all samples, however old */
  double learning_rate_scale;    /* what the method suggests to multiply this epoch's learning rate by; mostly 1 */
} winnow_statistics;

/* ---- library ---- */
WINNOW_PRUNER_API int32_t winnow_pruner_abi_version(void);  /* changes whenever this page does in a way that breaks callers */
WINNOW_PRUNER_API const char* winnow_pruner_version(void);  /* such as "0.1.0"; valid for ever */
/* Why this thread's last call failed, "" if none did: NUL-terminated, cut at a character's edge where `capacity` bytes don't hold it. Gives
 * the bytes that it takes, with the NUL; NULL and 0 only ask for that. */
WINNOW_PRUNER_API int64_t winnow_pruner_last_error(char* buffer, int64_t capacity);

/* ---- pruner ---- */
/* `method` such as "infobatch:keep=0.5", "full" or "random:save=0.3+max-age:epochs=5": see docs/cards. */
WINNOW_PRUNER_API winnow_status winnow_pruner_create(const char* method, int64_t samples, const winnow_pruner_options* options, winnow_pruner* out);
WINNOW_PRUNER_API winnow_status winnow_pruner_destroy(winnow_pruner pruner);  /* its plans stay until they are freed */
/* Everything the pruner knows, in the middle of an epoch too, as a safetensors file in memory: `state` holds `capacity` bytes, `bytes` gives
 * how many it takes. NULL and 0 only ask. Losses that weren't observed yet aren't in it. */
WINNOW_PRUNER_API winnow_status winnow_pruner_save(winnow_pruner pruner, uint8_t* state, int64_t capacity, int64_t* bytes);
/* A pruner that goes on where another was saved, bit for bit: with the same method, samples, epochs, seed and labels; threads may differ. */
WINNOW_PRUNER_API winnow_status winnow_pruner_restore(const char* method, int64_t samples, const winnow_pruner_options* options, const uint8_t* state,
                                                      int64_t bytes, winnow_pruner* out);
/* What observations have to hold (WINNOW_NEEDS_...), and whether samples that sit out are to be observed too (winnow_pruner_observe_dropped). */
WINNOW_PRUNER_API winnow_status winnow_pruner_needs(winnow_pruner pruner, uint32_t* needs, int32_t* refreshes_dropped);
/* Losses from elsewhere, one of each a sample, before the first plan; a loss of NaN: never seen. */
WINNOW_PRUNER_API winnow_status winnow_pruner_preload(winnow_pruner pruner, int64_t count, const winnow_signals* signals);
/* The plan of an epoch, 0-based; epochs go forward. Asked again for the same epoch, the same plan under a new handle. */
WINNOW_PRUNER_API winnow_status winnow_pruner_plan(winnow_pruner pruner, int32_t epoch, winnow_plan* out);
/* What the model said of samples that this epoch visits, in parts of any size and order. `epoch` must be the current plan's. */
WINNOW_PRUNER_API winnow_status winnow_pruner_observe(winnow_pruner pruner, int32_t epoch, const int64_t* ids, int64_t count, const winnow_signals* signals);
/* The same for places start to start + count of the plan's order, such as the whole epoch: the fastest way. */
WINNOW_PRUNER_API winnow_status winnow_pruner_observe_places(winnow_pruner pruner, int32_t epoch, int64_t start, int64_t count, const winnow_signals* signals);
/* The same for samples that sit this epoch out, for methods that ask for it. */
WINNOW_PRUNER_API winnow_status winnow_pruner_observe_dropped(winnow_pruner pruner, int32_t epoch, const int64_t* ids, int64_t count, const winnow_signals* signals);
/* Whether every sample at these places of the order has been observed in this epoch: what a loop that goes on in its middle leaves out. */
WINNOW_PRUNER_API winnow_status winnow_pruner_is_observed(winnow_pruner pruner, int32_t epoch, int64_t start, int64_t count, int32_t* observed);
/* The samples of this epoch's plan that haven't been observed, in visiting order: what a loop that goes on in its middle has left, in batches of any
 * size. `ids` holds `capacity` elements, `count` gives how many there are. NULL and 0 only ask. */
WINNOW_PRUNER_API winnow_status winnow_pruner_unobserved(winnow_pruner pruner, int32_t epoch, int64_t* ids, int64_t capacity, int64_t* count);
/* What observing would refuse of signals for so many samples, whatever the pruner: for loops that hand them over later, in larger parts. */
WINNOW_PRUNER_API winnow_status winnow_signals_check(int64_t count, const winnow_signals* signals);
/* Takes a pass over the samples: ask once an epoch, not once a batch. */
WINNOW_PRUNER_API winnow_status winnow_pruner_statistics(winnow_pruner pruner, winnow_statistics* out);
/* What is remembered of each sample, by the column's name, such as "loss"; `count` is the number of samples. Unknown names are refused with those there are. */
WINNOW_PRUNER_API winnow_status winnow_pruner_column(winnow_pruner pruner, const char* name, float* values, int64_t count);
/* A byte for each sample: 1 seen, 2 the last loss was NaN or infinite. */
WINNOW_PRUNER_API winnow_status winnow_pruner_flags(winnow_pruner pruner, uint8_t* flags, int64_t count);

/* ---- plan ---- */
WINNOW_PRUNER_API winnow_status winnow_plan_free(winnow_plan plan);
WINNOW_PRUNER_API winnow_status winnow_plan_describe(winnow_plan plan, winnow_plan_facts* out);
/* The first 8 bytes, little-endian, of SHA-256 over epoch, epochs, order and weights: equal on all ranks or something is wrong. */
WINNOW_PRUNER_API winnow_status winnow_plan_hash(winnow_plan plan, uint64_t* out);
WINNOW_PRUNER_API winnow_status winnow_plan_order(winnow_plan plan, const int32_t** ids, int64_t* count);       /* in visiting order, each once */
WINNOW_PRUNER_API winnow_status winnow_plan_weights(winnow_plan plan, const float** weights, int64_t* count);   /* one a sample; 0: sits out */
/* The weights of given samples, and their sum in float64; either may be NULL. */
WINNOW_PRUNER_API winnow_status winnow_plan_weights_of(winnow_plan plan, const int64_t* ids, int64_t count, float* weights, double* sum);
/* How many batches of at most `batch_size`, at least 1: ceil(visits / batch_size). Their sizes differ by at most one. */
WINNOW_PRUNER_API winnow_status winnow_plan_steps(winnow_plan plan, int64_t batch_size, int64_t* steps);
/* Where a batch lies in the order. */
WINNOW_PRUNER_API winnow_status winnow_plan_batch(winnow_plan plan, int64_t batch_size, int64_t step, int64_t* start, int64_t* count);
/* A rank's contiguous share of a global batch, made equally long on all ranks: ceil(batch / ranks). Where the share itself is shorter, it is
 * filled up with a sample of the same batch at weight 0: to be computed with, and not to be observed. `ids` and `weights` hold `capacity`
 * elements; `count` gives how many there are, `real` how many of them come before the filling. */
WINNOW_PRUNER_API winnow_status winnow_plan_share(winnow_plan plan, int32_t rank, int32_t ranks, int64_t batch_size, int64_t step, int64_t* ids,
                                                  float* weights, int64_t capacity, int64_t* count, int64_t* real);

#ifdef __cplusplus
}
#endif

#endif
