// Decisions are made for each command and each delivery: they must not allocate. Counted by replacing operator new for
// this whole program.
#include <cstdlib>
#include <new>

#include "tests/policy/support.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined: GCC takes malloc and free for a mismatch when it sees only one of the two.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace hub::policy {
namespace {

TEST(PolicyAllocationTest, ADecisionAllocatesNothing) {
  const Principal checkout = User(kShop, "checkout");
  std::string statements;
  for (int i = 0; i < 20; ++i) {
    statements +=
        R"({"Effect":"Allow","Action":"sqs:Send*","Resource":"arn:aws:sqs:*:*:other-)" + std::to_string(i) + "\"},";
  }
  statements +=
      R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:${a:queue}","Condition":{
          "IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"DateGreaterThan":{"aws:CurrentTime":"2026-01-01"},
          "StringLike":{"aws:username":"check*"},"Bool":{"aws:SecureTransport":true}}})";
  Policies policies;
  policies.SetIdentity(checkout.arn, {PolicyFrom(Document(statements), Role::kIdentity)});
  policies.SetResource(kBilling,
                       {PolicyFrom(Document(R"({"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"*",
      "Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}})"),
                                   Role::kResource)});
  const std::size_t before = allocations;
  Context context;
  context.Set("aws:SourceIp", "10.1.2.3");
  context.Set("aws:SecureTransport", "true");
  context.Set("a:queue", "billing");
  context.SetTime(InstantOf(1'770'000'000'000'000));
  const Decision decision = policies.Decide({checkout, "sqs:SendMessage", kBilling, kBank, context});
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(decision.reason, Reason::kAllowedByBoth);
}

}  // namespace
}  // namespace hub::policy
