#include "hub/engine/loader.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "tests/support/memory_store.h"

namespace hub::engine {
namespace {

using namespace std::chrono_literals;

TEST(LoaderTest, WhatIsAskedForIsReadBesideAndTakenOnce) {
  testing_support::MemoryStore store;
  core::Batch batch;
  for (const char* key : {"a", "b", "c", "d"}) batch.Put(key, std::string(10, 'v'));
  ASSERT_TRUE(store.Write(batch));
  std::mutex mutex;
  std::condition_variable changed;
  int loaded = 0;
  ThreadedLoader loader(
      store,
      [&] {
        {
          const std::lock_guard lock(mutex);
          ++loaded;
        }
        changed.notify_all();
      },
      [](const Error& error) { FAIL() << error.message; });
  loader.Submit({.id = 1, .from = "a", .to = "d", .rows_max = 2, .bytes_max = 1000, .bodies = true});
  loader.Submit({.id = 2, .from = "b", .to = "z", .rows_max = 9, .bytes_max = 25, .bodies = true});
  loader.Submit({.id = 3, .from = "c", .to = "z", .rows_max = 9, .bytes_max = 1000, .bodies = true});
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, 30s, [&] { return loaded == 3; }));
  }
  const std::vector<core::Loaded> done = loader.Take();
  ASSERT_EQ(done.size(), 3u);
  EXPECT_EQ(done[0].id, 1u);
  EXPECT_EQ(done[0].rows.size(), 2u);
  EXPECT_FALSE(done[0].complete);
  EXPECT_EQ(done[1].rows.size(), 2u);  // As many bytes as were allowed.
  EXPECT_FALSE(done[1].complete);
  EXPECT_EQ(done[2].rows.size(), 2u);
  EXPECT_TRUE(done[2].complete);
  EXPECT_TRUE(loader.Take().empty());
}

class BrokenStore : public testing_support::MemoryStore {
 public:
  Result<void> Scan(std::string_view, std::string_view, const Visit&) override {
    return Fail(Code::kStorage, "The checksum of a block is wrong.");
  }
};

// rule: hardening R4 what cannot be read is never served
TEST(LoaderDeathTest, AStoreThatCannotBeReadIsFatal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        BrokenStore store;
        ThreadedLoader loader(
            store, [] {},
            [](const Error& error) {
              std::fprintf(stderr, "%s\n", error.message.c_str());
              std::_Exit(3);
            });
        loader.Submit({.id = 1, .from = "a", .to = "z", .rows_max = 1, .bytes_max = 1, .bodies = true});
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable().wait_for(lock, 30s);
      },
      testing::ExitedWithCode(3), "checksum");
}

}  // namespace
}  // namespace hub::engine
