// The process: errors, versions, threads, seeds, allocator.
#include "common.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/cuda.h>

#include <dlfcn.h>
#include <malloc.h>

#include <climits>

using namespace winnow;

namespace {

struct LastError {
  std::string operator_name, message;
};
LastError& last_error() {
  static thread_local LastError error;
  return error;
}

}  // namespace

void winnow::remember_error(const char* operator_name, const char* message) noexcept {
  try {
    last_error().operator_name = operator_name;
    last_error().message = message;
  } catch (...) {
    // Out of memory while telling of an error: the older text stays, the status still says that the call failed.
  }
}

int32_t winnow_abi_version(void) { return 2; }

winnow_status winnow_initialize(void) {
  return guarded("initialize", [] {
    // glibc gives freed activations back to the kernel after every step and faults them in again in the next: keep them.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, 64 << 20);
  });
}

const char* winnow_last_error(const char** operator_name) {
  if (operator_name != nullptr) *operator_name = last_error().operator_name.c_str();
  return last_error().message.c_str();
}

const char* winnow_torch_version(void) { return TORCH_VERSION; }

const char* winnow_build_configuration(void) {
  static const std::string text = at::show_config();
  return text.c_str();
}

const char* winnow_onednn_isa(void) {
  // oneDNN is a library of its own in distributions and hidden inside libtorch in wheels, hence by name. The values are dnnl_cpu_isa_t.
  using Ask = int (*)();
  const auto ask = reinterpret_cast<Ask>(dlsym(RTLD_DEFAULT, "dnnl_get_effective_cpu_isa"));
  if (ask == nullptr) return "";
  switch (ask()) {
    case 0x1: return "SSE4.1";
    case 0x3: return "AVX";
    case 0x7: return "AVX2";
    case 0xf: return "AVX2 VNNI";
    case 0x27: return "AVX-512 core";
    case 0x67: return "AVX-512 VNNI";
    case 0xe7: return "AVX-512 BF16";
    case 0x1ef: return "AVX-512 FP16";
    case 0x3e7: case 0xfef: return "AVX-512 AMX";
    default: return "other";
  }
}

const char* winnow_blas(void) {
  using Ask = char* (*)();
  const auto ask = reinterpret_cast<Ask>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  return ask != nullptr ? ask() : "";
}

const char* winnow_library_path(void) {
  static const std::string path = [] {
    Dl_info info{};
    return dladdr(reinterpret_cast<void*>(&at::show_config), &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
  }();
  return path.c_str();
}

winnow_status winnow_threads(int32_t* threads) {
  return guarded("set_num_threads", [&] {
    if (*threads > 0) at::set_num_threads(*threads);
    *threads = at::get_num_threads();
  });
}

winnow_status winnow_seed(uint64_t seed) {
  return guarded("manual_seed", [&] { at::manual_seed(seed); });
}

winnow_status winnow_deterministic(int32_t on) {
  return guarded("deterministic", [&] {
    at::globalContext().setDeterministicAlgorithms(on != 0, /*warn_only=*/false);
    at::globalContext().setDeterministicCuDNN(on != 0);
    if (on != 0) at::globalContext().setBenchmarkCuDNN(false);
  });
}

winnow_status winnow_cuda_devices(int32_t* count) {
  return guarded("cuda_devices", [&] { *count = at::hasCUDA() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; });
}

winnow_status winnow_synchronize(int32_t device_type, int32_t device_index) {
  return guarded("synchronize", [&] {
    if (device_of(device_type, device_index).is_cuda()) torch::cuda::synchronize(device_index);
  });
}
