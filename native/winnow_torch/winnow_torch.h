/* winnow_torch: libtorch behind one flat C ABI.
 *
 * Rules that hold for every function:
 *  - Functions returning winnow_status give 0 when they worked and -1 when they did not; winnow_last_error then tells why. No C++
 *    exception ever leaves the library.
 *  - A winnow_tensor* is one reference to a tensor. Functions only borrow the tensors they are given; tensors they hand out through an
 *    `out` or `results` parameter belong to the caller, who gives each back once with winnow_tensor_free.
 *  - Modes (gradients, inference, autocast) and the last error belong to the calling thread.
 *  - Element types and memory formats are libtorch's numbers; device types are 0 = cpu, 1 = cuda; index -1 = the current device.
 */
#ifndef WINNOW_TORCH_H
#define WINNOW_TORCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WINNOW_API __attribute__((visibility("default")))

typedef int32_t winnow_status;
typedef struct winnow_tensor winnow_tensor;
typedef struct winnow_operator winnow_operator;
typedef struct winnow_mode winnow_mode;
typedef struct winnow_store winnow_store;
typedef struct winnow_group winnow_group;
typedef struct winnow_work winnow_work;
typedef struct winnow_buckets winnow_buckets;

/* One argument or result of an operator. Lists and strings are `count` elements behind `pointer`, read only during the call. */
typedef struct winnow_value {
  int32_t tag;
  int32_t count;   /* elements of a list or bytes of a string; the device type of a device */
  union { int64_t integer; double real; void* pointer; } as;
} winnow_value;

enum {
  WINNOW_NONE, WINNOW_TENSOR, WINNOW_INTEGER, WINNOW_REAL, WINNOW_BOOLEAN, WINNOW_STRING, WINNOW_INTEGERS, WINNOW_REALS, WINNOW_TENSORS,
  WINNOW_DEVICE, WINNOW_DEFAULT, WINNOW_OTHER
};

typedef struct winnow_tensor_info {
  int64_t elements, element_size;
  int32_t scalar_type, device_type, device_index, dimensions, requires_grad, is_leaf;
} winnow_tensor_info;

/* ---- runtime ---- */
WINNOW_API int32_t       winnow_abi_version(void);                      /* changes whenever this page does */
WINNOW_API winnow_status winnow_initialize(void);                       /* once, before the first tensor: allocator settings */
WINNOW_API const char*   winnow_last_error(const char** operator_name); /* message; the operator's name or "" */
WINNOW_API const char*   winnow_torch_version(void);
WINNOW_API const char*   winnow_build_configuration(void);              /* libtorch's own description of its build */
WINNOW_API const char*   winnow_onednn_isa(void);                       /* instruction set oneDNN chose, "" if it cannot be asked */
WINNOW_API const char*   winnow_blas(void);                             /* what the BLAS says it is, "" if it cannot be asked */
WINNOW_API const char*   winnow_library_path(void);                     /* file libtorch was loaded from */
WINNOW_API winnow_status winnow_threads(int32_t* threads);              /* sets when *threads > 0, always returns the value in force */
WINNOW_API winnow_status winnow_seed(uint64_t seed);
WINNOW_API winnow_status winnow_deterministic(int32_t on);
WINNOW_API winnow_status winnow_cuda_devices(int32_t* count);
WINNOW_API winnow_status winnow_synchronize(int32_t device_type, int32_t device_index);

/* ---- operators: looked up once, called through the boxed dispatcher ---- */
WINNOW_API winnow_status winnow_operator_find(const char* name, const char* overload, winnow_operator** out);
WINNOW_API const char*   winnow_operator_schema(winnow_operator* op);
WINNOW_API winnow_status winnow_call(winnow_operator* op, const winnow_value* arguments, int32_t count, winnow_value* results,
                                     int32_t capacity, int32_t* produced);

/* ---- tensors ---- */
WINNOW_API winnow_status winnow_tensor_from_data(const void* data, const int64_t* sizes, int32_t dimensions, int32_t scalar_type,
                                                 int32_t device_type, int32_t device_index, winnow_tensor** out);  /* copies */
WINNOW_API winnow_status winnow_tensor_read(winnow_tensor* tensor, void* destination, int64_t bytes);     /* row-major, any device */
WINNOW_API winnow_status winnow_tensor_write(winnow_tensor* tensor, const void* source, int64_t bytes);   /* row-major, any device */
WINNOW_API winnow_status winnow_tensor_describe(winnow_tensor* tensor, winnow_tensor_info* out);
WINNOW_API winnow_status winnow_tensor_shape(winnow_tensor* tensor, int64_t* sizes, int64_t* strides);    /* strides may be null */
WINNOW_API winnow_status winnow_tensor_is_contiguous(winnow_tensor* tensor, int32_t memory_format, int32_t* out);
WINNOW_API winnow_status winnow_tensor_set_data(winnow_tensor* tensor, winnow_tensor* data);              /* same identity, new storage */
WINNOW_API void          winnow_tensor_free(winnow_tensor* tensor);                                       /* null does nothing */

/* ---- autograd and thread-local modes ---- */
WINNOW_API winnow_status winnow_backward(winnow_tensor* tensor, winnow_tensor* gradient, int32_t retain_graph);
WINNOW_API winnow_status winnow_requires_grad(winnow_tensor* tensor, int32_t on);
WINNOW_API winnow_status winnow_grad(winnow_tensor* tensor, winnow_tensor** out);                         /* null when there is none */
WINNOW_API winnow_status winnow_clear_grads(winnow_tensor* const* tensors, int32_t count);
WINNOW_API winnow_status winnow_grad_mode(int32_t on, int32_t* previous);                                 /* on < 0 only asks */
WINNOW_API winnow_status winnow_inference_enter(winnow_mode** out);
WINNOW_API winnow_status winnow_inference_exit(winnow_mode* mode);                                        /* same thread, last in first out */
WINNOW_API winnow_status winnow_autocast_enter(int32_t device_type, int32_t on, int32_t scalar_type, winnow_mode** out);
WINNOW_API winnow_status winnow_autocast_exit(winnow_mode* mode);                                         /* same thread, last in first out */

/* ---- fused operators ---- */
/* max(0, batch_norm(input) + residual); residual may be null. Own kernels for channels-last float32 and bfloat16 images on the CPU,
 * libtorch's operators otherwise. */
WINNOW_API winnow_status winnow_norm_relu(winnow_tensor* input, winnow_tensor* weight, winnow_tensor* bias, winnow_tensor* residual,
                                          winnow_tensor* running_mean, winnow_tensor* running_variance, int32_t training,
                                          double momentum, double epsilon, winnow_tensor** out);

/* ---- optimisers: one step over lists of equal length; parameters without a gradient are left alone ---- */
WINNOW_API winnow_status winnow_sgd_step(winnow_tensor* const* parameters, winnow_tensor* const* momenta, int32_t count,
                                         double learning_rate, double momentum, double weight_decay, int32_t nesterov);
WINNOW_API winnow_status winnow_adamw_step(winnow_tensor* const* parameters, winnow_tensor* const* first_moments,
                                           winnow_tensor* const* second_moments, int32_t count, double learning_rate, double beta1,
                                           double beta2, double epsilon, double weight_decay, int64_t step /* from 1 */);

/* ---- processes: c10d over gloo; every function fails when winnow_group_available says 0 ---- */
WINNOW_API int32_t       winnow_group_available(void);                  /* 1 when this library was built with c10d and gloo's headers */
WINNOW_API winnow_status winnow_store_open(const char* host, int32_t port, int32_t server, int64_t timeout_ms, winnow_store** out,
                                           int32_t* actual_port);       /* a server's port 0 takes a free one */
WINNOW_API winnow_status winnow_store_set(winnow_store* store, const char* key, const char* value);
WINNOW_API winnow_status winnow_store_get(winnow_store* store, const char* key, char* buffer, int32_t capacity);   /* waits for the key */
WINNOW_API void          winnow_store_free(winnow_store* store);
/* `address` is this process's own, at which the others reach it. Connects every rank to every other. */
WINNOW_API winnow_status winnow_group_create(winnow_store* store, const char* address, int32_t rank, int32_t size, int64_t timeout_ms,
                                             winnow_group** out);
WINNOW_API void          winnow_group_abandon(winnow_group* group);     /* from any thread: exchanges fail within 0.1 s, now and later */
WINNOW_API void          winnow_group_free(winnow_group* group);
/* Collectives: all ranks begin them in the same order. The tensor's memory is in use until winnow_work_wait, which frees the work. */
WINNOW_API winnow_status winnow_group_all_reduce(winnow_group* group, winnow_tensor* tensor, winnow_work** out);       /* sum, in place */
WINNOW_API winnow_status winnow_group_all_gather(winnow_group* group, winnow_tensor* tensor, winnow_tensor* gathered /* [ranks, ...] */,
                                                 winnow_work** out);
WINNOW_API winnow_status winnow_group_broadcast(winnow_group* group, winnow_tensor* tensor, int32_t root, winnow_work** out);
WINNOW_API winnow_status winnow_group_barrier(winnow_group* group, winnow_work** out);
WINNOW_API winnow_status winnow_work_wait(winnow_work* work);
/* Gradients summed over all ranks while the backward pass runs: arm, backward, finish. `numbers` are summed along with them. After finish
 * the parameters' gradients are the sums, in memory of the buckets that the next arm reuses. */
WINNOW_API winnow_status winnow_buckets_create(winnow_group* group, winnow_tensor* const* parameters, int32_t count, int32_t numbers,
                                               int64_t bucket_bytes, winnow_buckets** out);
WINNOW_API winnow_status winnow_buckets_arm(winnow_buckets* buckets, const double* numbers);
WINNOW_API winnow_status winnow_buckets_finish(winnow_buckets* buckets, double* numbers);
WINNOW_API void          winnow_buckets_free(winnow_buckets* buckets);

#ifdef __cplusplus
}
#endif
#endif
