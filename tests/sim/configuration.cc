#include "tests/sim/configuration.h"

#include <array>

#include "hub/base/assert.h"
#include "hub/base/json.h"

namespace sim {
namespace {

using hub::policy::Role;

constexpr CallerKind kUsers[] = {CallerKind::kOwner, CallerKind::kWorker, CallerKind::kStranger,
                                 CallerKind::kNeighbour};

hub::core::UserCredential CredentialOf(CallerKind kind) {
  const std::string arn = ArnOfCaller(kind);
  const std::string user = arn.substr(arn.find('/') + 1);
  return {.account = AccountOf(kind),
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

// `what` is the rest of a statement: whom, which actions, under which condition.
void AddGrant(hub::core::Config& config, hub::Kind kind, const std::string& name, const std::string& what) {
  const std::string arn = kind == hub::Kind::kQueue ? ArnOfQueue(name) : ArnOfTopic(name);
  auto document = hub::ParseJson(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":")" + arn + R"(",)" + what + "}]}", "");
  HUB_ASSERT(document);
  auto policy = PolicyOf(*document, Role::kResource);
  config.grants.push_back(
      {.resource = {.account = AccountOf(name), .region = "us-east-1", .kind = kind, .name = name.substr(13)},
       .document = std::move(*document),
       .policy = std::move(policy),
       .place = {}});
}

std::string To(CallerKind caller) { return R"("Principal":{"AWS":")" + ArnOfCaller(caller) + R"("},)"; }

// What a user may do whatever is granted, or may never do; "" for nothing.
const char* OwnPolicyOf(CallerKind kind) {
  switch (kind) {
    case CallerKind::kOwner:
      return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
    case CallerKind::kNeighbour:
      return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:*","Resource":"*"}]})";
    case CallerKind::kWorker:
      return R"({"Version":"2012-10-17","Statement":[)"
             R"({"Effect":"Deny","Action":"sns:ConfirmSubscription","Resource":"*"}]})";
    case CallerKind::kHub:
    case CallerKind::kStranger: return "";
  }
  return "";
}

// On the live feed only, and perhaps not for ever.
std::string MayFollow(hub::Instant until) {
  std::string condition = R"("StringEquals":{"sns:Protocol":"feed"})";
  if (until != hub::kNever) condition += R"(,"DateLessThan":{"aws:CurrentTime":")" + Timestamp(until) + R"("})";
  return To(CallerKind::kWorker) + R"("Action":"sns:Subscribe","Condition":{)" + condition + "}";
}

}  // namespace

std::shared_ptr<const hub::core::Config> ConfigurationFor(const Grants& grants) {
  auto config = std::make_shared<hub::core::Config>();
  for (const CallerKind kind : kUsers) {
    hub::core::DeclaredUser user{.credential = CredentialOf(kind), .documents = {}, .policies = {}, .place = {}};
    if (const std::string own = OwnPolicyOf(kind); !own.empty()) {
      auto document = hub::ParseJson(own, "");
      HUB_ASSERT(document);
      user.policies.push_back(PolicyOf(*document, Role::kIdentity));
    }
    config->users.push_back(std::move(user));
  }
  for (const std::string& queue : grants.delivering) {
    AddGrant(*config, hub::Kind::kQueue, queue,
             R"("Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage")");
  }
  for (const std::string& queue : grants.working) {
    AddGrant(*config, hub::Kind::kQueue, queue, To(CallerKind::kWorker) + R"("Action":"sqs:*")");
  }
  for (const auto& [topic, until] : grants.following) AddGrant(*config, hub::Kind::kTopic, topic, MayFollow(until));
  for (const std::string& topic : grants.neighbours) {
    AddGrant(
        *config, hub::Kind::kTopic, topic,
        To(CallerKind::kNeighbour) + R"("Action":["sns:Subscribe","sns:Unsubscribe","sns:SetSubscriptionAttributes"])");
  }
  return config;
}

std::shared_ptr<const hub::core::Caller> CallerFor(CallerKind kind) {
  using Callers = std::array<std::shared_ptr<const hub::core::Caller>, 5>;
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
