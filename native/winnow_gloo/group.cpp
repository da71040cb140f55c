// The C interface: a group, the thread that runs its exchanges, and what they are.
#include "transport.h"
#include "winnow_gloo.h"

#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/barrier.h>
#include <gloo/broadcast.h>
#include <gloo/transport/pair.h>
#include <gloo/transport/tcp/device.h>

#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace {

using winnow::Milliseconds;

thread_local std::string last_error;

// gloo puts where it was built before what it says.
std::string without_place(const char* text) {
  const char* end = text[0] == '[' ? std::strstr(text, "] ") : nullptr;
  return end != nullptr ? end + 2 : text;
}

std::string describe(const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return without_place(error.what());
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

template <class Work>
int32_t guarded(Work&& work) noexcept {
  try {
    work();
    return 0;
  } catch (...) {
    last_error = describe(std::current_exception());
    return -1;
  }
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::invalid_argument(what);
}

// gloo looks a name up without looking at the answer, and reads what isn't there when it is none.
void require_number(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  require(getaddrinfo(address.c_str(), nullptr, &hints, &found) == 0, "\"" + address + "\" is no address in numbers");
  freeaddrinfo(found);
}

// What has to be the same on all ranks. It is told to the others in the 32 bits that gloo tags messages with: messages of different exchanges then never
// meet. In gloo, a message that is longer than what is waiting for it ends the process.
struct Kind {
  uint64_t number, kind, type, size, root;

  uint32_t tag() const {
    uint64_t mixed = 0;
    for (const uint64_t part : {number, kind, type, size, root}) {
      mixed = (mixed ^ part) + 0x9e3779b97f4a7c15u;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
      mixed ^= mixed >> 31;
    }
    return static_cast<uint32_t>(mixed >> 32);
  }
};

enum : uint64_t { kAllReduce = 1, kAllGather, kBroadcast, kBarrier };

template <class T>
void add(void* sum, const void* a, const void* b, size_t count) {
  T* const to = static_cast<T*>(sum);
  const T* const left = static_cast<const T*>(a);
  const T* const right = static_cast<const T*>(b);
  for (size_t i = 0; i < count; i++) to[i] = left[i] + right[i];
}

// Unsigned, so that an overflow wraps around.
struct Type {
  size_t bytes;
  void (*add)(void*, const void*, const void*, size_t);
};

const Type kTypes[] = {{4, add<float>}, {8, add<double>}, {4, add<uint32_t>}, {8, add<uint64_t>}};

class Flag {
 public:
  void raise(std::string failure) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      failure_ = std::move(failure);
      raised_ = true;
    }
    changed_.notify_all();
  }

  // Empty where all went well.
  std::string wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return raised_; });
    return failure_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
  std::string failure_;
};

}  // namespace

// Shared by the group's thread and whoever waits, either of which may be the last.
struct winnow_gloo_exchange {
  std::shared_ptr<Flag> over;
};

struct winnow_gloo_group {
  winnow_gloo_group(const std::string& address, int32_t rank, int32_t size, Milliseconds timeout) : rank_(rank), size_(size), timeout_(timeout) {
    gloo::transport::tcp::attr place(address.c_str());
    std::shared_ptr<gloo::transport::Device> device = gloo::transport::tcp::CreateDevice(place);
    transport_ = device->createContext(rank, size);
    transport_->setTimeout(timeout / 5);  // of which gloo waits five times for a connection
    for (int32_t peer = 0; peer < size; peer++) {
      if (peer != rank) transport_->createPair(peer)->setLocalRank(0);
    }
    transport_->setTimeout(timeout);
    connections_ = std::make_shared<winnow::Connections>(device, std::make_shared<winnow::Transport>(transport_, waiters_), timeout);
    thread_ = std::thread([this] { run(); });
  }

  ~winnow_gloo_group() {
    bool busy;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      closing_ = true;
      busy = running_ || !tasks_.empty();
    }
    if (busy) give_up();
    changed_.notify_all();
    thread_.join();
  }

  gloo::transport::Pair& pair(int32_t peer) {
    require(peer >= 0 && peer < size_ && peer != rank_, "rank " + std::to_string(peer) + " is none of the others");
    return *transport_->getPair(peer);
  }

  void connect(int32_t peer, std::vector<char> address) {
    waiters_.check();
    pair(peer).connect(address);
    waiters_.check();
    connected_++;
  }

  void give_up() {
    waiters_.give_up();
    for (int32_t peer = 0; peer < size_; peer++) {
      if (peer != rank_) transport_->getPair(peer)->close();
    }
  }

  // Is over when all ranks have begun it.
  void meet(uint32_t tag) {
    gloo::BarrierOptions options(connections_);
    options.setTag(tag);
    options.setTimeout(timeout_);
    gloo::barrier(options);
  }

  // Appends an exchange; its work gets the tag. Where there is nothing to exchange, ranks only meet: gloo divides by the size.
  winnow_gloo_exchange* begin(uint64_t kind, uint64_t type, uint64_t size, uint64_t root, std::function<void(uint32_t)> work) {
    waiters_.check();
    if (size == 0) work = [this](uint32_t tag) { meet(tag); };
    require(connected_ == size_ - 1, "the group isn't connected: " + std::to_string(connected_) + " of " + std::to_string(size_ - 1) + " other ranks");
    auto exchange = std::make_unique<winnow_gloo_exchange>(winnow_gloo_exchange{std::make_shared<Flag>()});
    const uint32_t tag = Kind{begun_, kind, type, size, root}.tag();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back({exchange->over, [work = std::move(work), tag] { work(tag); }});
    }
    begun_++;
    changed_.notify_all();
    return exchange.release();
  }

  const std::shared_ptr<gloo::Context>& connections() const { return connections_; }
  Milliseconds timeout() const { return timeout_; }
  int32_t size() const { return size_; }

 private:
  struct Task {
    std::shared_ptr<Flag> over;
    std::function<void()> work;
  };

  void run() {
    std::string failure;  // the first one stays: after it connections are closed
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      running_ = false;
      changed_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      running_ = true;
      lock.unlock();
      if (failure.empty()) {
        try {
          waiters_.check();
          task.work();
        } catch (...) {
          failure = describe(std::current_exception());
        }
      }
      task.over->raise(failure);
      lock.lock();
    }
  }

  const int32_t rank_, size_;
  const Milliseconds timeout_;
  winnow::Waiters waiters_;
  std::shared_ptr<gloo::transport::Context> transport_;
  std::shared_ptr<gloo::Context> connections_;
  int32_t connected_ = 0;
  uint64_t begun_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool running_ = false, closing_ = false;
  std::thread thread_;
};

int32_t winnow_gloo_abi(void) { return WINNOW_GLOO_ABI; }

const char* winnow_gloo_error(void) { return last_error.c_str(); }

int32_t winnow_gloo_open(const char* address, int32_t rank, int32_t size, int64_t timeout_ms, winnow_gloo_group** group) {
  return guarded([&] {
    require(address != nullptr && group != nullptr, "a pointer is null");
    require(size >= 2 && rank >= 0 && rank < size, "rank " + std::to_string(rank) + " of " + std::to_string(size) + "; a group has at least two");
    require(timeout_ms >= 5, "a timeout of " + std::to_string(timeout_ms) + " ms; it is at least 5");
    require_number(address);
    *group = new winnow_gloo_group(address, rank, size, Milliseconds(timeout_ms));
  });
}

int32_t winnow_gloo_address(winnow_gloo_group* group, int32_t peer, uint8_t* bytes, int32_t* length) {
  return guarded([&] {
    const std::vector<char> address = group->pair(peer).address().bytes();
    require(address.size() <= WINNOW_GLOO_ADDRESS_BYTES, "an address of " + std::to_string(address.size()) + " bytes");
    std::memcpy(bytes, address.data(), address.size());
    *length = static_cast<int32_t>(address.size());
  });
}

int32_t winnow_gloo_connect(winnow_gloo_group* group, int32_t peer, const uint8_t* bytes, int32_t length) {
  return guarded([&] {
    require(length > 0 && length <= WINNOW_GLOO_ADDRESS_BYTES, "an address of " + std::to_string(length) + " bytes");
    group->connect(peer, std::vector<char>(bytes, bytes + length));
  });
}

int32_t winnow_gloo_all_reduce(winnow_gloo_group* group, void* data, int64_t count, int32_t type, winnow_gloo_exchange** exchange) {
  return guarded([&] {
    require(count >= 0 && (data != nullptr || count == 0), std::to_string(count) + " elements");
    require(type >= 0 && type <= WINNOW_GLOO_INT64, "element type " + std::to_string(type) + " can't be added up");
    const Type& element = kTypes[type];
    *exchange = group->begin(kAllReduce, static_cast<uint64_t>(type), static_cast<uint64_t>(count), 0, [=](uint32_t tag) {
      gloo::AllreduceOptions options(group->connections());
      // gloo's options only want the element's size from the type; two types of that size do.
      const auto elements = static_cast<size_t>(count);
      if (element.bytes == 4) options.setOutput(static_cast<uint32_t*>(data), elements);
      else options.setOutput(static_cast<uint64_t*>(data), elements);
      options.setReduceFunction(element.add);
      options.setAlgorithm(gloo::AllreduceOptions::Algorithm::RING);  // each part is added up at one rank: the same bits everywhere
      options.setTag(tag);
      options.setTimeout(group->timeout());
      gloo::allreduce(options);
    });
  });
}

int32_t winnow_gloo_all_gather(winnow_gloo_group* group, const void* mine, int64_t bytes, void* all, winnow_gloo_exchange** exchange) {
  return guarded([&] {
    require(bytes >= 0 && ((mine != nullptr && all != nullptr) || bytes == 0), std::to_string(bytes) + " bytes");
    *exchange = group->begin(kAllGather, 0, static_cast<uint64_t>(bytes), 0, [=](uint32_t tag) {
      gloo::AllgatherOptions options(group->connections());
      const auto size = static_cast<size_t>(bytes);
      options.setInput(static_cast<uint8_t*>(const_cast<void*>(mine)), size);
      options.setOutput(static_cast<uint8_t*>(all), size * static_cast<size_t>(group->size()));
      options.setTag(tag);
      options.setTimeout(group->timeout());
      gloo::allgather(options);
    });
  });
}

int32_t winnow_gloo_broadcast(winnow_gloo_group* group, void* data, int64_t bytes, int32_t root, winnow_gloo_exchange** exchange) {
  return guarded([&] {
    require(bytes >= 0 && (data != nullptr || bytes == 0), std::to_string(bytes) + " bytes");
    require(root >= 0 && root < group->size(), "root " + std::to_string(root) + " is none of " + std::to_string(group->size()) + " ranks");
    *exchange = group->begin(kBroadcast, 0, static_cast<uint64_t>(bytes), static_cast<uint64_t>(root), [=](uint32_t tag) {
      gloo::BroadcastOptions options(group->connections());
      options.setOutput(static_cast<uint8_t*>(data), static_cast<size_t>(bytes));
      options.setRoot(root);
      options.setTag(tag);
      options.setTimeout(group->timeout());
      gloo::broadcast(options);
    });
  });
}

int32_t winnow_gloo_barrier(winnow_gloo_group* group, winnow_gloo_exchange** exchange) {
  return guarded([&] { *exchange = group->begin(kBarrier, 0, 0, 0, nullptr); });
}

int32_t winnow_gloo_wait(winnow_gloo_exchange* exchange) {
  const std::unique_ptr<winnow_gloo_exchange> owned(exchange);
  return guarded([&] {
    const std::string failure = owned->over->wait();
    if (!failure.empty()) throw std::runtime_error(failure);
  });
}

void winnow_gloo_abort(winnow_gloo_group* group) {
  (void)guarded([&] { group->give_up(); });
}

void winnow_gloo_close(winnow_gloo_group* group) { delete group; }
