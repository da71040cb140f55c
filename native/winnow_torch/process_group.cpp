// Exchange between processes: libtorch's c10d over gloo.
#include "process_group.h"

#include <cstring>
#include <memory>
#include <vector>

using at::Tensor;
using namespace winnow;

#ifdef WINNOW_C10D

struct winnow_store {
  c10::intrusive_ptr<c10d::TCPStore> tcp;
};

struct winnow_work {
  winnow_group* group;
  WorkPointer work;
};

int32_t winnow_group_available(void) { return 1; }

winnow_status winnow_store_open(const char* host, int32_t port, int32_t server, int64_t timeout_ms, winnow_store** out, int32_t* actual) {
  return guarded("store", [&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = server != 0;
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    auto store = c10::make_intrusive<c10d::TCPStore>(host, options);
    *actual = store->getPort();
    *out = new winnow_store{std::move(store)};
  });
}

winnow_status winnow_store_set(winnow_store* store, const char* key, const char* value) {
  return guarded("store", [&] { store->tcp->set(key, std::vector<uint8_t>(value, value + std::strlen(value))); });
}

winnow_status winnow_store_get(winnow_store* store, const char* key, char* buffer, int32_t capacity) {
  return guarded("store", [&] {
    const std::vector<uint8_t> value = store->tcp->get(key);
    TORCH_CHECK(static_cast<int64_t>(value.size()) < capacity, "the value of ", key, " has ", value.size(), " bytes, more than ", capacity - 1);
    std::memcpy(buffer, value.data(), value.size());
    buffer[value.size()] = '\0';
  });
}

void winnow_store_free(winnow_store* store) { delete store; }

winnow_status winnow_group_create(winnow_store* store, const char* address, int32_t rank, int32_t size, int64_t timeout_ms, winnow_group** out) {
  return guarded("process group", [&] {
    auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(timeout_ms));
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
    auto group = std::make_unique<winnow_group>();
    group->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(store->tcp, rank, size, options);
    *out = group.release();
  });
}

void winnow_group_abandon(winnow_group* group) { group->abandoned.store(true); }

void winnow_group_free(winnow_group* group) {
  // Exchanges that were given up still hold gloo's threads, and its destructor would wait for them: the end of the process takes both.
  if (group != nullptr && !group->abandoned.load()) delete group;
}

winnow_status winnow_group_all_reduce(winnow_group* group, winnow_tensor* tensor, winnow_work** out) {
  return guarded("all_reduce", [&] { *out = new winnow_work{group, all_reduce(*group, share(tensor))}; });
}

winnow_status winnow_group_all_gather(winnow_group* group, winnow_tensor* tensor, winnow_tensor* gathered, winnow_work** out) {
  return guarded("all_gather", [&] {
    TORCH_CHECK(!group->abandoned.load(), "the exchange was given up");
    const int64_t size = group->gloo->getSize();
    const Tensor all = share(gathered);
    TORCH_CHECK(all.dim() > 0 && all.size(0) == size && all.is_contiguous(), "the result's first dimension is the number of ranks, ", size,
                ", and it lies in memory without gaps");
    std::vector<Tensor> inputs{share(tensor)};
    std::vector<std::vector<Tensor>> outputs{all.unbind(0)};
    *out = new winnow_work{group, group->gloo->allgather(outputs, inputs)};
  });
}

winnow_status winnow_group_broadcast(winnow_group* group, winnow_tensor* tensor, int32_t root, winnow_work** out) {
  return guarded("broadcast", [&] {
    TORCH_CHECK(!group->abandoned.load(), "the exchange was given up");
    std::vector<Tensor> tensors{share(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    *out = new winnow_work{group, group->gloo->broadcast(tensors, options)};
  });
}

winnow_status winnow_group_barrier(winnow_group* group, winnow_work** out) {
  return guarded("barrier", [&] {
    TORCH_CHECK(!group->abandoned.load(), "the exchange was given up");
    *out = new winnow_work{group, group->gloo->barrier()};
  });
}

winnow_status winnow_work_wait(winnow_work* work) {
  const std::unique_ptr<winnow_work> owned(work);
  return guarded("wait", [&] { wait_for(*owned->group, owned->work); });
}

#else

namespace {
winnow_status unavailable() {
  return guarded("process group", [] { TORCH_CHECK(false, "this binding was built without libtorch's c10d and gloo's headers"); });
}
}  // namespace

int32_t winnow_group_available(void) { return 0; }
winnow_status winnow_store_open(const char*, int32_t, int32_t, int64_t, winnow_store**, int32_t*) { return unavailable(); }
winnow_status winnow_store_set(winnow_store*, const char*, const char*) { return unavailable(); }
winnow_status winnow_store_get(winnow_store*, const char*, char*, int32_t) { return unavailable(); }
void winnow_store_free(winnow_store*) {}
winnow_status winnow_group_create(winnow_store*, const char*, int32_t, int32_t, int64_t, winnow_group**) { return unavailable(); }
void winnow_group_abandon(winnow_group*) {}
void winnow_group_free(winnow_group*) {}
winnow_status winnow_group_all_reduce(winnow_group*, winnow_tensor*, winnow_work**) { return unavailable(); }
winnow_status winnow_group_all_gather(winnow_group*, winnow_tensor*, winnow_tensor*, winnow_work**) { return unavailable(); }
winnow_status winnow_group_broadcast(winnow_group*, winnow_tensor*, int32_t, winnow_work**) { return unavailable(); }
winnow_status winnow_group_barrier(winnow_group*, winnow_work**) { return unavailable(); }
winnow_status winnow_work_wait(winnow_work*) { return unavailable(); }

#endif
