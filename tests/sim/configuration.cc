#include "tests/sim/configuration.h"

#include <array>

#include "hub/base/assert.h"
#include "hub/base/json.h"

namespace sim {
namespace {

using hub::policy::Role;

constexpr CallerKind kUsers[] = {CallerKind::kOwner, CallerKind::kWorker, CallerKind::kStranger};

hub::core::UserCredential CredentialOf(CallerKind kind) {
  const std::string arn = ArnOfCaller(kind);
  const std::string user = arn.substr(arn.find('/') + 1);
  return {.account = arn.substr(arn.find('/') - 17, 12),
          .user = user,
          .login = "shop/" + user,
          .curve_key = "",
          .password = user,
          .password_hash = ""};
}

std::shared_ptr<const hub::policy::Policy> PolicyOf(const hub::Node& document, Role role) {
  auto policy = hub::policy::ParsePolicy(document, role, "the simulation");
  HUB_ASSERT(policy);
  return *policy;
}

void AddGrant(hub::core::Config& config, const std::string& queue, const std::string& principal,
              const std::string& action) {
  auto document = hub::ParseJson(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + principal +
                                     R"(,"Action":")" + action + R"(","Resource":")" + ArnOfQueue(queue) + R"("}]})",
                                 "");
  HUB_ASSERT(document);
  auto policy = PolicyOf(*document, Role::kResource);
  config.grants.push_back({.resource = {.account = queue.substr(0, 12),
                                        .region = "us-east-1",
                                        .kind = hub::Kind::kQueue,
                                        .name = queue.substr(13)},
                           .document = std::move(*document),
                           .policy = std::move(policy),
                           .place = {}});
}

}  // namespace

std::shared_ptr<const hub::core::Config> ConfigurationFor(const Grants& grants) {
  static constexpr char kEverything[] =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
  auto config = std::make_shared<hub::core::Config>();
  for (const CallerKind kind : kUsers) {
    hub::core::DeclaredUser user{.credential = CredentialOf(kind), .documents = {}, .policies = {}, .place = {}};
    if (kind == CallerKind::kOwner) {
      auto document = hub::ParseJson(kEverything, "");
      HUB_ASSERT(document);
      user.policies.push_back(PolicyOf(*document, Role::kIdentity));
    }
    config->users.push_back(std::move(user));
  }
  for (const std::string& queue : grants.delivering) {
    AddGrant(*config, queue, R"({"Service":"sns.amazonaws.com"})", "sqs:SendMessage");
  }
  for (const std::string& queue : grants.working) {
    AddGrant(*config, queue, R"({"AWS":")" + ArnOfCaller(CallerKind::kWorker) + R"("})", "sqs:*");
  }
  return config;
}

std::shared_ptr<const hub::core::Caller> CallerFor(CallerKind kind) {
  using Callers = std::array<std::shared_ptr<const hub::core::Caller>, 4>;
  static const Callers kCallers = [] {
    Callers callers;
    std::vector<hub::core::UserCredential> users;
    for (const CallerKind user : kUsers) users.push_back(CredentialOf(user));
    const hub::core::Credentials credentials(users);
    for (const hub::core::UserCredential& user : users) {
      auto caller = std::make_shared<hub::core::Caller>();
      caller->identity = credentials.VerifyPassword(user.login, user.password);
      HUB_ASSERT(caller->identity);
      callers[static_cast<std::size_t>(&user - users.data()) + 1] = std::move(caller);
    }
    return callers;
  }();
  return kCallers[static_cast<std::size_t>(kind)];
}

}  // namespace sim
