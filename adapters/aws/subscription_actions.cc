// Subscriptions: made, confirmed, listed, described, changed, ended [aws 3.8].
#include <algorithm>

#include "adapters/aws/actions.h"
#include "adapters/aws/page.h"
#include "adapters/aws/text.h"
#include "adapters/aws/topic_arn.h"
#include "hub/base/names.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"
#include "topics/delivery_policy.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::size_t kPageMax = 100;                                // [aws 119]
constexpr std::string_view kUndelivered[] = {"sms", "application"};  // Known, and not delivered by.

// `prefix` stands before what is wrong with an attribute: Subscribe words it as a reason [aws 137].
Failure WordAttributes(std::string_view prefix, const hub::Error& error) {
  const auto invalid = [&](std::string_view text) {
    return Failure{&kInvalidParameter, "Invalid parameter: " + std::string(prefix) + std::string(text)};
  };
  switch (error.code) {
    case hub::Code::kFilterPolicyInvalid: return invalid("FilterPolicy: " + error.message);
    case hub::Code::kSubscriptionExists:
      return {&kInvalidParameter,
              "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"};
    case hub::Code::kAttributeInvalid: return invalid(error.about + ": " + error.message);
    case hub::Code::kInvalidArgument:
      if (error.about == "Endpoint") return {&kInvalidParameter, "Invalid parameter: " + error.message};
      return invalid(error.message);
    default: return FailureOf(Service::kSns, error);
  }
}

// [aws 116]
Result<void> CheckAttribute(std::string_view prefix, std::string_view name, std::string_view value) {
  const auto wrong = [&](std::string_view expected) {
    return InvalidParameter(std::string(prefix) + std::string(name) + ": Invalid value [" + std::string(value) + "]. " +
                            std::string(expected));
  };
  if (name == "RawMessageDelivery" && LowerBoolean(value) != "true" && LowerBoolean(value) != "false") {
    return wrong("Must be true or false.");
  }
  if (name == "FilterPolicyScope" && value != "MessageAttributes" && value != "MessageBody") {  // [aws 147]
    return wrong("Please use either MessageBody or MessageAttributes");
  }
  return {};
}

// [aws 116] "TRUE" is true as well.
std::string ReadAttribute(std::string_view name, std::string_view value) {
  return name == "RawMessageDelivery" ? LowerBoolean(value) : std::string(value);
}

Result<core::Attributes> ReadSubscriptionAttributes(const Value& input) {
  core::Attributes attributes;
  const Value* map = input.Find("Attributes");
  if (!map) return attributes;
  for (const auto& [name, value] : map->members) {
    if (auto checked = CheckAttribute("Attributes Reason: ", name, value.text); !checked) {
      return tl::unexpected(checked.error());
    }
    attributes.insert_or_assign(std::string(name), ReadAttribute(name, value.text));
  }
  return attributes;
}

// [aws 112, 113] The queue that is to be subscribed.
Result<std::string> ReadQueue(std::string_view topic, std::string_view endpoint) {
  const auto name = hub::ParseResourceName(hub::Kind::kQueue, endpoint, "", "");
  if (!endpoint.starts_with("arn:") || !name) return InvalidParameter("SQS endpoint ARN");
  if (hub::IsFifoName(name->name) && !hub::IsFifoName(topic)) {
    return InvalidParameter(
        "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
  }
  return std::string(endpoint);
}

Result<std::string> ReadEndpoint(core::Protocol protocol, std::string_view topic, std::string_view endpoint) {
  if (protocol == core::Protocol::kSqs) return ReadQueue(topic, endpoint);
  if (auto checked = core::CheckEndpoint(protocol, endpoint); !checked)
    return InvalidParameter(checked.error().message);
  return std::string(endpoint);
}

Result<Plan> PlanSubscribe(Call& call) {
  auto topic = TopicArnIn(call, "TopicArn");
  if (!topic) return tl::unexpected(topic.error());
  const std::string_view protocol = call.input().Text("Protocol");
  if (std::find(std::begin(kUndelivered), std::end(kUndelivered), protocol) != std::end(kUndelivered)) {
    return InvalidParameter("Protocol Reason: This hub does not deliver by " + std::string(protocol) + " yet.");
  }
  const auto known = core::ParseProtocol(protocol);
  if (!known) return InvalidParameter("Amazon SNS does not support this protocol string: " + std::string(protocol));
  auto endpoint = ReadEndpoint(*known, *topic, call.input().Text("Endpoint"));
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto attributes = ReadSubscriptionAttributes(call.input());
  if (!attributes) return tl::unexpected(attributes.error());
  const bool wants_arn = call.input().Text("ReturnSubscriptionArn") == "true";
  return Plan{.operation = core::Subscribe{.topic = std::move(*topic),
                                           .queue = std::move(*endpoint),
                                           .attributes = std::move(*attributes),
                                           .protocol = *known,
                                           .as_sns = true},
              .finish = [wants_arn](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& created = std::get<core::CreatedReply>(reply);
                out.Text("SubscriptionArn",
                         created.is_pending && !wants_arn ? "pending confirmation" : created.arn);  // [aws 115]
                return {};
              },
              .fail = [](const Call&, const hub::Error& e) { return WordAttributes("Attributes Reason: ", e); }};
}

Result<Plan> PlanConfirm(Call& call) {
  auto topic = TopicArnIn(call, "TopicArn");
  if (!topic && call.input().Find("TopicArn")) return InvalidParameter("Topic");
  if (!topic) return tl::unexpected(topic.error());
  if (!call.input().Find("Token")) {
    return Fail(
        kValidationError,
        "1 validation error detected: Value null at 'token' failed to satisfy constraint: Member must not be null");
  }
  const std::string_view token = call.input().Text("Token");
  if (token.empty()) return InvalidParameter("Token");
  const bool authenticate = call.input().Text("AuthenticateOnUnsubscribe") == "true";
  return Plan{
      .operation = core::ConfirmSubscription{.topic = std::move(*topic),
                                             .token = std::string(token),
                                             .authenticate_unsubscribe = authenticate && !call.by_link},
      .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
        out.Text("SubscriptionArn", std::get<core::CreatedReply>(reply).arn);
        return {};
      },
      .fail =
          [](const Call&, const hub::Error& error) {
            if (error.code == hub::Code::kInvalidArgument) {
              return Failure{&kInvalidParameter, "Invalid parameter: " + (error.about.empty() ? "Token" : error.about)};
            }
            return FailureOf(Service::kSns, error);
          }};
}

// [aws 109]
Result<Plan> PlanUnsubscribe(Call& call) {
  auto arn = SubscriptionArnIn(call);
  if (!arn) return tl::unexpected(arn.error());
  return Plan{
      .operation = core::Unsubscribe{.topic = std::move(*arn), .queue = "", .by_link = call.by_link, .as_sns = true},
      .forgive = hub::Code::kSubscriptionNotFound};
}

// [aws 117]
core::Attributes AllAttributes(const core::SubscriptionDescription& subscription) {
  core::Attributes all = subscription.attributes;
  if (const auto policy = all.find("DeliveryPolicy"); policy != all.end()) {
    policy->second = topics::WholeSubscriptionDeliveryPolicy(policy->second);
  }
  all["SubscriptionArn"] = subscription.arn;
  all["TopicArn"] = subscription.topic_arn;
  all["Endpoint"] = subscription.endpoint;
  all["Protocol"] = core::NameOf(subscription.protocol);
  all["Owner"] = subscription.owner;
  all["PendingConfirmation"] = subscription.is_pending ? "true" : "false";
  all["ConfirmationWasAuthenticated"] = subscription.was_authenticated ? "true" : "false";
  if (!subscription.replay_status.empty()) all["ReplayStatus"] = subscription.replay_status;
  if (!subscription.effective_delivery_policy.empty()) {
    all["EffectiveDeliveryPolicy"] = subscription.effective_delivery_policy;
  }
  all.emplace("RawMessageDelivery", "false");
  if (!subscription.principal.empty()) all["SubscriptionPrincipal"] = subscription.principal;
  if (all.contains("FilterPolicy")) {
    all.emplace("FilterPolicyScope", "MessageAttributes");
  } else {
    all.erase("FilterPolicyScope");
  }
  return all;
}

Result<Plan> PlanGetAttributes(Call& call) {
  auto arn = SubscriptionArnIn(call);
  if (!arn) return tl::unexpected(arn.error());
  return Plan{.operation = core::DescribeSubscription{.topic = std::move(*arn), .queue = ""},
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& subscriptions = std::get<core::SubscriptionsReply>(reply).subscriptions;
                out.BeginMap("Attributes", "", "", "");
                for (const auto& [name, value] : AllAttributes(subscriptions.front())) out.TextEntry(name, value);
                out.EndMap();
                return {};
              }};
}

Result<Plan> PlanSetAttributes(Call& call) {
  auto arn = SubscriptionArnIn(call);
  if (!arn) return tl::unexpected(arn.error());
  const std::string name(call.input().Text("AttributeName"));
  if (name.empty()) return InvalidParameter("AttributeName");
  const std::string value = ReadAttribute(name, call.input().Text("AttributeValue"));
  if (auto checked = CheckAttribute("", name, call.input().Text("AttributeValue")); !checked)
    return tl::unexpected(checked.error());
  return Plan{.operation =
                  core::SetSubscriptionAttributes{.topic = std::move(*arn), .queue = "", .attributes = {{name, value}}},
              .fail = [](const Call&, const hub::Error& error) { return WordAttributes("", error); }};
}

// --- Lists ----------------------------------------------------------------------------------------------------------

Result<void> WriteList(const Call&, core::Reply& reply, Writer& out) {
  const auto& listed = std::get<core::SubscriptionsReply>(reply);
  out.BeginList("Subscriptions", "");
  for (const core::SubscriptionDescription& subscription : listed.subscriptions) {
    out.BeginItem();
    out.Text("SubscriptionArn", subscription.is_pending ? "PendingConfirmation" : subscription.arn);
    out.Text("Owner", subscription.owner);
    out.Text("Protocol", core::NameOf(subscription.protocol));
    out.Text("Endpoint", subscription.endpoint);
    out.Text("TopicArn", subscription.topic_arn);
    out.EndItem();
  }
  out.EndList();
  if (listed.more) out.Text("NextToken", NextToken(listed.subscriptions.back().arn));
  return {};
}

Result<Plan> PlanListOf(const Call& call, std::string topic) {
  core::ListSubscriptions list;
  list.topic = std::move(topic);
  list.region = call.region;
  list.max = kPageMax;
  if (const std::string_view token = call.input().Text("NextToken"); !token.empty()) {
    auto after = ReadToken(token);
    if (!after) return InvalidParameter("NextToken Reason: The token is not valid");
    list.after = std::move(*after);
  }
  return Plan{.operation = std::move(list), .finish = WriteList};
}

Result<Plan> PlanList(Call& call) { return PlanListOf(call, ""); }

Result<Plan> PlanListByTopic(Call& call) {
  auto topic = TopicArnIn(call, "TopicArn");
  if (!topic) return tl::unexpected(topic.error());
  return PlanListOf(call, std::move(*topic));
}

// --- Shapes ---------------------------------------------------------------------------------------------------------

constexpr Field kSubscribeFields[] = {
    {.name = "TopicArn"},
    {.name = "Protocol"},
    {.name = "Endpoint"},
    {.name = "Attributes", .type = Type::kTextMap, .query = "Attributes.entry", .key = "key", .value = "value"},
    {.name = "ReturnSubscriptionArn", .type = Type::kBoolean},
};
constexpr Field kConfirmFields[] = {{.name = "TopicArn"}, {.name = "Token"}, {.name = "AuthenticateOnUnsubscribe"}};
constexpr Field kSubscriptionFields[] = {{.name = "SubscriptionArn"}};
constexpr Field kSetFields[] = {{.name = "SubscriptionArn"}, {.name = "AttributeName"}, {.name = "AttributeValue"}};
constexpr Field kListFields[] = {{.name = "NextToken"}};
constexpr Field kListByTopicFields[] = {{.name = "TopicArn"}, {.name = "NextToken"}};

constexpr Action kActions[] = {
    {"Subscribe", Service::kSns, {kSubscribeFields}, true, false, PlanSubscribe},
    {"ConfirmSubscription", Service::kSns, {kConfirmFields}, true, false, PlanConfirm},
    {"Unsubscribe", Service::kSns, {kSubscriptionFields}, false, false, PlanUnsubscribe},
    {"GetSubscriptionAttributes", Service::kSns, {kSubscriptionFields}, true, false, PlanGetAttributes},
    {"SetSubscriptionAttributes", Service::kSns, {kSetFields}, false, false, PlanSetAttributes},
    {"ListSubscriptions", Service::kSns, {kListFields}, true, false, PlanList},
    {"ListSubscriptionsByTopic", Service::kSns, {kListByTopicFields}, true, false, PlanListByTopic},
};

}  // namespace

std::span<const Action> SubscriptionActions() { return kActions; }

}  // namespace adapters::aws
