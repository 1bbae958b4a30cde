// Routing allocates nothing once its buffers have grown: counted by this program's own operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/topics/filters.h"

namespace {

std::atomic<std::size_t> allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace topics {
namespace {

TEST(AllocationTest, RoutingAllocatesNothingOnceItsBuffersHaveGrown) {
  Topic topic;
  topic.Subscribe(Unfiltered(1));
  topic.Subscribe(Filtered(2, R"({"color": ["red", {"prefix": "r"}, {"equals-ignore-case": "RED"}]})", kAttributes));
  topic.Subscribe(Filtered(3, R"({"sizes": [{"numeric": [">", 1]}], "x": [{"exists": false}]})", kAttributes));
  topic.Subscribe(Filtered(4, R"({"order": {"items": ["apple"], "note": [{"anything-but": "x"}]}})", kBody));
  const hub::Message message = {
      .body = R"({"order": {"items": ["a rather long name of a pear", "apple"], "note": "leave it at the door"}})",
      .attributes = {{"color", "String", "red"}, {"sizes", "String.Array", "[1, 2, 3]"}}};
  std::vector<const Subscription*> reached;
  topic.Route(message, reached);
  ASSERT_EQ(reached.size(), 4u);

  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) {
    reached.clear();
    topic.Route(message, reached);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(reached.size(), 4u);
}

}  // namespace
}  // namespace topics
