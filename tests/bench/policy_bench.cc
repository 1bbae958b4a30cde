// One decision with many statements in force: half a microsecond at most, however many there are.
//
// The arguments are the statements in force and how many different questions are asked in turn. With as many questions
// as statements nothing is in the processor's caches, and what is measured is mostly its memory.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "hub/base/arn.h"
#include "hub/base/json.h"
#include "hub/policy/policies.h"

namespace hub::policy {
namespace {

constexpr const char* kAccount = "111111111111";
constexpr std::size_t kDigits = 6;

std::shared_ptr<const Policy> Parsed(const std::string& json, Role role) {
  auto node = ParseJson(json, "");
  auto policy = node ? ParsePolicy(*node, role, "benchmark") : tl::unexpected(node.error());
  if (!policy) {
    std::fprintf(stderr, "%s\n", policy.error().message.c_str());
    std::exit(1);
  }
  return *policy;
}

std::string Document(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}

// In documents of 500 statements: one may have at most a megabyte.
PolicyList Documents(const std::vector<std::string>& statements, Role role) {
  PolicyList list;
  std::string text;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    text += (text.empty() ? "" : ",") + statements[i];
    if (i % 500 != 499 && i + 1 < statements.size()) continue;
    list.push_back(Parsed(Document(text), role));
    text.clear();
  }
  return list;
}

Principal User(const std::string& name) {
  return {
      .kind = Principal::Kind::kUser, .account = kAccount, .arn = UserArn(kAccount, name), .service = "", .name = name};
}

std::string Digits(std::size_t i) {
  std::string digits = std::to_string(i);
  return digits.insert(0, kDigits - digits.size(), '0');
}

std::string Queue(std::size_t i) { return std::string("arn:aws:sqs:eu-central-1:") + kAccount + ":queue-" + Digits(i); }

std::string Allow(const std::string& resource, const std::string& principal = "", const std::string& condition = "") {
  return R"({"Effect":"Allow",)" + principal + R"("Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":")" +
         resource + "\"" + condition + "}";
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({1'000, 250})->Args({10'000, 250})->Args({10'000, 10'000});
}

// Writes `i` over the digits that end a name, so that what asks is at hand, as it is when a request has just arrived,
// and only the policies come from far memory.
void Renumber(std::string& name, std::size_t i) {
  for (std::size_t at = name.size(), n = 0; n < kDigits; ++n, i /= 10) name[--at] = static_cast<char>('0' + i % 10);
}

// How far to go from one question to the next, so that state.range(1) different ones come round.
std::size_t StepOf(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(1) == state.range(0) ? 7919 : state.range(0) / state.range(1));
}

void Run(benchmark::State& state, const Policies& policies, Principal caller, bool same_caller) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::size_t step = StepOf(state);
  std::string queue = Queue(0);
  std::size_t i = 0;
  for (auto _ : state) {
    i = (i + step) % count;
    Renumber(queue, i);
    if (!same_caller) Renumber(caller.arn, i);
    Context context;
    context.Set("aws:SourceIp", "10.0.0.1");
    context.Set("aws:SecureTransport", "true");
    const Decision decision = policies.Decide({caller, "sqs:SendMessage", queue, kAccount, context});
    if (!decision.allowed) state.SkipWithError("denied");
  }
}

// A queue and a user for each statement: half of them in the queue's policy, half in the user's.
void SpreadOverResourcesAndUsers(benchmark::State& state) {
  Policies policies;
  for (std::size_t i = 0; i < static_cast<std::size_t>(state.range(0)); ++i) {
    const Principal user = User("user-" + Digits(i));
    if (i % 2 == 0) {
      policies.SetIdentity(user.arn, {Parsed(Document(Allow(Queue(i))), Role::kIdentity)});
    } else {
      const std::string principal = R"("Principal":{"AWS":")" + user.arn + "\"},";
      policies.SetResource(Queue(i), {Parsed(Document(Allow(Queue(i), principal)), Role::kResource)});
    }
  }
  Run(state, policies, User("user-" + Digits(0)), /*same_caller=*/false);
}
BENCHMARK(SpreadOverResourcesAndUsers)->Apply(Sizes);

// One user whose policy names each queue in a statement of its own.
void OneUsersManyStatements(benchmark::State& state, const std::string& suffix, const std::string& condition) {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < static_cast<std::size_t>(state.range(0)); ++i) {
    statements.push_back(Allow(Queue(i) + suffix, "", condition));
  }
  const Principal user = User("checkout");
  Policies policies;
  policies.SetIdentity(user.arn, Documents(statements, Role::kIdentity));
  Run(state, policies, user, /*same_caller=*/true);
}
BENCHMARK_CAPTURE(OneUsersManyStatements, Exact, "", "")->Apply(Sizes);
BENCHMARK_CAPTURE(OneUsersManyStatements, Wildcards, "*", "")->Apply(Sizes);
BENCHMARK_CAPTURE(OneUsersManyStatements, Conditions, "",
                  R"(,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:SecureTransport":true}})")
    ->Apply(Sizes);

// One queue whose policy names each user in a statement of its own.
void OneQueuesManyStatements(benchmark::State& state) {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < static_cast<std::size_t>(state.range(0)); ++i) {
    const Principal user = User("user-" + Digits(i));
    statements.push_back(Allow("*", R"("Principal":{"AWS":")" + user.arn + "\"},"));
  }
  Policies policies;
  const std::string queue = Queue(3);
  policies.SetResource(queue, Documents(statements, Role::kResource));
  Principal caller = User("user-" + Digits(0));
  const Context context;
  const std::size_t step = StepOf(state);
  std::size_t i = 0;
  for (auto _ : state) {
    i = (i + step) % static_cast<std::size_t>(state.range(0));
    Renumber(caller.arn, i);
    const Decision decision = policies.Decide({caller, "sqs:SendMessage", queue, kAccount, context});
    if (!decision.allowed) state.SkipWithError("denied");
  }
}
BENCHMARK(OneQueuesManyStatements)->Apply(Sizes);

}  // namespace
}  // namespace hub::policy
