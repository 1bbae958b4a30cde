// HUB_ASSERT: what must be true unless we have a bug. On in every build: going on with broken state would lose
// messages.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace hub::internal {

[[noreturn]] inline void AssertFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, expression);
  std::abort();
}

}  // namespace hub::internal

#define HUB_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::hub::internal::AssertFailed(#expression, __FILE__, __LINE__))
