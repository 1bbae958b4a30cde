#include "hub/engine/loader.h"

#include <utility>

namespace hub::engine {

ThreadedLoader::ThreadedLoader(Store& store, std::function<void()> loaded, Fatal fatal)
    : store_(store), on_loaded_(std::move(loaded)), fatal_(std::move(fatal)), thread_([this] { Run(); }) {}

ThreadedLoader::~ThreadedLoader() { Stop(); }

void ThreadedLoader::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ThreadedLoader::Submit(core::Load load) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(load));
  }
  changed_.notify_all();
}

std::vector<core::Loaded> ThreadedLoader::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void ThreadedLoader::Run() {
  const core::Scan scan = [this](std::string_view from, std::string_view to, const core::Visit& visit) {
    return store_.Scan(from, to, visit);
  };
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const core::Load load = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto loaded = core::ReadLoad(load, scan);
    if (!loaded) fatal_(loaded.error());
    lock.lock();
    done_.push_back(std::move(*loaded));
    lock.unlock();
    on_loaded_();
    lock.lock();
  }
}

}  // namespace hub::engine
