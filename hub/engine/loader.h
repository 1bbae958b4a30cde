// Reading from the store beside the engine: the port, and the one that does it on a thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "hub/core/load.h"
#include "hub/engine/store.h"

namespace hub::engine {

class Loader {
 public:
  virtual ~Loader() = default;

  virtual void Submit(core::Load load) = 0;

  // What has been read since the last call. Engine thread.
  virtual std::vector<core::Loaded> Take() = 0;
};

class ThreadedLoader : public Loader {
 public:
  using Fatal = std::function<void(const Error&)>;

  // `loaded` is called on the loader's thread when there is something to take; `fatal` when the store cannot be read:
  // it must not return.
  ThreadedLoader(Store& store, std::function<void()> loaded, Fatal fatal);
  ~ThreadedLoader() override;

  void Submit(core::Load load) override;
  std::vector<core::Loaded> Take() override;
  void Stop();

 private:
  void Run();

  Store& store_;
  const std::function<void()> on_loaded_;
  const Fatal fatal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<core::Load> waiting_;
  std::vector<core::Loaded> done_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hub::engine
