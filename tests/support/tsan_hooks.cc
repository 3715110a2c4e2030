// SPDX-License-Identifier: Apache-2.0
//
// Linked into every program of the tsan preset and into nothing else. Debian's gRPC and Abseil are
// not instrumented, so ThreadSanitizer cannot see the two ways in which they hand an object from
// one thread to another, and would call each such hand-over a race:
//
//   - absl::Mutex and absl::CondVar, which are made of atomics and futexes, not of pthread calls;
//   - a batch given to a call (grpc_call_start_batch) and the callback that later runs for it.
//
// The functions below stand in front of the library's own (tsan_visible.map keeps their names
// visible), tell ThreadSanitizer of the order, and call the real ones. Nothing of ours is hidden by
// this: an object of ours that changes threads without a lock is reported as before. This file
// itself is compiled without instrumentation.

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include <grpc/grpc.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <sanitizer/tsan_interface.h>
#include <unordered_map>
#include <vector>

namespace {

template <typename Function>
Function* Real(const char* symbol) {
  void* found = dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    std::fprintf(stderr,
                 "tsan_hooks: the libraries have no %s: another version of Abseil or gRPC?\n",
                 symbol);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace

// A process waits a second at its end otherwise, for races of threads still running;
// corruption_test ends 400.
extern "C" const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1 atexit_sleep_ms=20";
}

// A pattern of called_from_lib has to match one library only. The destructors are gRPC's: it counts
// the callbacks of a call in an atomic of its library and lets the last one, on any thread, destroy
// the call's own state. No code of ours runs below them.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libgrpc.so\n"
         "called_from_lib:libgrpc++.so\n"
         "called_from_lib:librocksdb.so\n"
         "race:ServerCallbackUnaryImpl::~ServerCallbackUnaryImpl\n"
         "race:ServerCallbackReaderImpl::~ServerCallbackReaderImpl\n"
         "race:ServerCallbackWriterImpl::~ServerCallbackWriterImpl\n";
}

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* real = Real<void(Mutex*)>("_ZN4absl7debian35Mutex4LockEv");
  real(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  static auto* real = Real<bool(Mutex*)>("_ZN4absl7debian35Mutex7TryLockEv");
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Unlock() {
  static auto* real = Real<void(Mutex*)>("_ZN4absl7debian35Mutex6UnlockEv");
  __tsan_release(this);
  real(this);
}

void CondVar::Wait(Mutex* mutex) {
  static auto* real = Real<void(CondVar*, Mutex*)>("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static auto* real = Real<bool(CondVar*, Mutex*, Duration)>(
      "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* real = Real<bool(CondVar*, Mutex*, Time)>(
      "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

ABSL_NAMESPACE_END
}  // namespace absl

namespace {

using Callback = void (*)(grpc_completion_queue_functor*, int);

// The callbacks of the batches under way. A spin lock of atomics, which ThreadSanitizer does not
// see here: a std::mutex would put all batches of the process in one order, and hide real races.
class Callbacks {
 public:
  void Add(grpc_completion_queue_functor* functor) {
    Hold hold(this);
    callbacks_[functor] = functor->functor_run;
  }

  Callback Take(grpc_completion_queue_functor* functor) {
    Hold hold(this);
    const auto found = callbacks_.find(functor);
    const Callback callback = found->second;
    callbacks_.erase(found);
    return callback;
  }

 private:
  class Hold {
   public:
    explicit Hold(Callbacks* callbacks) : callbacks_(callbacks) {
      while (callbacks_->held_.test_and_set(std::memory_order_acquire)) {
      }
    }
    ~Hold() { callbacks_->held_.clear(std::memory_order_release); }

   private:
    Callbacks* callbacks_;
  };

  std::atomic_flag held_ = ATOMIC_FLAG_INIT;
  std::unordered_map<grpc_completion_queue_functor*, Callback> callbacks_;
};

Callbacks& TheCallbacks() {
  static auto* callbacks = new Callbacks;
  return *callbacks;
}

void RunCallback(grpc_completion_queue_functor* functor, int ok) {
  const Callback callback = TheCallbacks().Take(functor);
  functor->functor_run = callback;
  __tsan_acquire(functor);
  callback(functor, ok);
}

// A tag is a functor, which begins with the address of a function, if its queue is one of
// callbacks. Otherwise it is an object of gRPC's that begins with its vtable, which is not code.
bool IsFunctor(void* tag) {
  struct Range {
    std::uintptr_t begin, end;
  };
  static const auto* code = [] {
    auto* ranges = new std::vector<Range>;
    dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* out) {
          for (int i = 0; i < object->dlpi_phnum; ++i) {
            const auto& segment = object->dlpi_phdr[i];
            if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
            const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
            static_cast<std::vector<Range>*>(out)->push_back({begin, begin + segment.p_memsz});
          }
          return 0;
        },
        ranges);
    return ranges;
  }();
  const auto first_word = *static_cast<std::uintptr_t*>(tag);
  for (const Range& range : *code) {
    if (first_word >= range.begin && first_word < range.end) return true;
  }
  return false;
}

}  // namespace

extern "C" grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops,
                                                 std::size_t count, void* tag, void* reserved) {
  static auto* real = Real<grpc_call_error(grpc_call*, const grpc_op*, std::size_t, void*, void*)>(
      "grpc_call_start_batch");
  __tsan_release(tag);
  if (IsFunctor(tag)) {
    auto* functor = static_cast<grpc_completion_queue_functor*>(tag);
    TheCallbacks().Add(functor);
    functor->functor_run = &RunCallback;
  }
  return real(call, ops, count, tag, reserved);
}
