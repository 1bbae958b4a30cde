#include "hub/policy/remedy.h"
#include "tests/policy/support.h"

namespace hub::policy {
namespace {

constexpr const char* kSend = "sqs:SendMessage";

// The policies of one queue and of whoever asks, in files so that statements have places.
struct World {
  Policies policies;
  Context context;

  void Queue(std::string_view json) {
    policies.SetResource(kBilling, {PolicyFrom(json, Role::kResource, "queue billing", "config/hub.yaml")});
  }
  void Identity(const Principal& caller, std::string_view json) {
    policies.SetIdentity(caller.arn, {PolicyFrom(json, Role::kIdentity, "user shop/checkout", "config/hub.yaml")});
  }
  std::string Explain(const Principal& caller, std::string_view action = kSend) const {
    const Request request{caller, action, kBilling, kBank, context};
    return policies.Decide(request).Explain(request);
  }
  Remedy Fix(const Principal& caller, std::string_view action = kSend) const {
    return RemedyFor(policies, {caller, action, kBilling, kBank, context});
  }
};

constexpr const char* kAllowAll = R"({"Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}})";
constexpr const char* kUnrelated = R"({"Statement":{"Effect":"Allow","Action":"sns:*","Resource":"*"}})";
constexpr const char* kNoBilling =
    "{\"Statement\":\n "
    "{\"Sid\":\"NoBilling\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}";
constexpr const char* kToShop =
    R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sqs:*","Resource":"*"}})";
constexpr const char* kToBank =
    R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sqs:*","Resource":"*"}})";

TEST(PolicyExplainTest, EachDecisionExplainsItself) {
  const Principal alice = User(kBank, "alice");
  const Principal checkout = User(kShop, "checkout");
  const std::string on = " on arn:aws:sqs:eu-central-1:222222222222:billing: ";
  const std::string not_on =
      " is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-central-1:222222222222:billing "
      "because ";
  const std::string alice_not = "User: " + alice.arn + not_on;
  const std::string checkout_not = "User: " + checkout.arn + not_on;
  const struct {
    const Principal caller;
    const char* queue;
    const char* identity;
    std::string text;
  } cases[] = {
      {alice, kNoBilling, kAllowAll,
       alice_not + "it is denied by statement \"NoBilling\" of queue billing (config/hub.yaml:2)."},
      {alice, nullptr, nullptr, alice_not + "the resource has no policy, and the caller has no policy of its own."},
      {alice, kToShop, kUnrelated,
       alice_not + "no statement of the policy of queue billing allows it, and no statement of the policy of user "
                   "shop/checkout allows it."},
      {alice, kToBank, kUnrelated,
       alice_not +
           "statement 1 of queue billing (config/hub.yaml:1) leaves it to account 222222222222, and no statement "
           "of the policy of user shop/checkout allows it."},
      {alice, nullptr, kAllowAll,
       alice.arn + " may sqs:SendMessage" + on + "allowed by statement 1 of user shop/checkout (config/hub.yaml:1)."},
      {checkout, kToShop, kAllowAll,
       checkout.arn + " may sqs:SendMessage" + on +
           "allowed by statement 1 of queue billing (config/hub.yaml:1) and by statement 1 of user shop/checkout "
           "(config/hub.yaml:1)."},
      {checkout, kToBank, kAllowAll,
       checkout_not + "it belongs to account 222222222222, and no statement of the policy of queue billing allows it."},
      {checkout, nullptr, nullptr,
       checkout_not +
           "it belongs to account 222222222222, so that both sides must allow it: the resource has no policy, "
           "and the caller has no policy of its own."},
      {checkout, kToShop, nullptr,
       checkout_not +
           "statement 1 of queue billing (config/hub.yaml:1) leaves it to account 111111111111, and the caller "
           "has no policy of its own."},
      {Root(kBank), nullptr, nullptr,
       "arn:aws:iam::222222222222:root may sqs:SendMessage" + on +
           "the root user of an account may do everything in it."},
      {Anonymous(), kToShop, nullptr,
       "User: anonymous" + not_on + "no statement of the policy of queue billing allows it."},
      {Service("sns.amazonaws.com"), nullptr, nullptr,
       "User: sns.amazonaws.com" + not_on + "the resource has no policy."},
  };
  for (const auto& c : cases) {
    World world;
    if (c.queue != nullptr) world.Queue(c.queue);
    if (c.identity != nullptr) world.Identity(c.caller, c.identity);
    EXPECT_EQ(world.Explain(c.caller), c.text);
  }
  EXPECT_EQ(World().Explain(checkout, "sqs:DeleteQueue"),
            "User: " + checkout.arn +
                " is not authorized to perform: sqs:DeleteQueue on resource: "
                "arn:aws:sqs:eu-central-1:222222222222:billing because "
                "it belongs to account 222222222222, and this action works only within one's own account, whatever a "
                "policy says.");
  EXPECT_EQ(World().Explain(checkout, "sts:GetCallerIdentity"),
            checkout.arn + " may sts:GetCallerIdentity" + on + "whoever is known may ask who they are.");
}

TEST(PolicyExplainTest, SeveralDocumentsAreAllNamed) {
  const Principal anonymous = Anonymous();
  const Context context;
  const Request request{anonymous, kSend, kBilling, kBank, context};
  PolicyList list;
  std::string text;
  for (const char* label : {"queue billing", "grant a", "grant b", "grant c", "grant d"}) {
    list.push_back(PolicyFrom(kToShop, Role::kResource, label));
    Policies policies;
    policies.SetResource(kBilling, list);
    text = policies.Decide(request).Explain(request);
    if (list.size() != 2) continue;
    EXPECT_TRUE(text.ends_with("the policies of queue billing and grant a allows it.")) << text;
  }
  EXPECT_TRUE(text.ends_with("no statement of the policies of queue billing, grant a, grant b and 2 more allows it."))
      << text;
}

TEST(PolicyRemedyTest, ATopicsDeliveryNeedsTheClassicStatement) {
  World world;
  const Principal sns = Service("sns.amazonaws.com");
  world.context = ContextOf({{"aws:SourceArn", kOrders}, {"aws:SourceAccount", kShop}});
  const Remedy remedy = world.Fix(sns);
  EXPECT_FALSE(remedy.identity_statement);
  ASSERT_TRUE(remedy.resource_statement);
  EXPECT_EQ(ToPrettyJson(*remedy.resource_statement), R"({
  "Effect": "Allow",
  "Principal": {
    "Service": "sns.amazonaws.com"
  },
  "Action": "sqs:SendMessage",
  "Resource": "arn:aws:sqs:eu-central-1:222222222222:billing",
  "Condition": {
    "ArnEquals": {
      "aws:SourceArn": "arn:aws:sns:eu-central-1:111111111111:orders"
    }
  }
})");
  EXPECT_EQ(remedy.advice, "Add a statement to the policy of arn:aws:sqs:eu-central-1:222222222222:billing: " +
                               ToJson(*remedy.resource_statement));
  world.context = ContextOf({{"aws:SourceAccount", kShop}});
  EXPECT_EQ(ToJson(*world.Fix(sns).resource_statement->Find("Condition")),
            R"({"StringEquals":{"aws:SourceAccount":"111111111111"}})");
}

TEST(PolicyRemedyTest, TheMissingSidesAreNamed) {
  const Principal alice = User(kBank, "alice");
  const Principal checkout = User(kShop, "checkout");
  const std::string arn(kBilling);
  const std::string identity = R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":")" + arn + "\"}";
  const auto resource = [&](std::string_view principal) {
    return R"({"Effect":"Allow","Principal":)" + std::string(principal) +
           R"(,"Action":"sqs:SendMessage","Resource":")" + arn + "\"}";
  };
  const std::string to_checkout = resource(R"({"AWS":"arn:aws:iam::111111111111:user/checkout"})");
  const struct {
    const char* why;
    Principal caller;
    const char* queue;
    const char* own;
    std::string resource_statement;
    std::string identity_statement;
    std::string advice;
  } cases[] = {
      {"own account", alice, nullptr, nullptr, "", identity,
       "Add a statement to a policy of " + alice.arn + ": " + identity},
      {"delegated", alice, kToBank, nullptr, "", identity,
       "Add a statement to a policy of " + alice.arn + ": " + identity},
      {"both sides", checkout, nullptr, nullptr, to_checkout, identity,
       "Add one statement to the policy of " + arn + ": " + to_checkout + ", and one to a policy of " + checkout.arn +
           ": " + identity},
      {"resource side", checkout, nullptr, kAllowAll, to_checkout, "",
       "Add a statement to the policy of " + arn + ": " + to_checkout},
      {"identity side", checkout, kToShop, nullptr, "", identity,
       "Add a statement to a policy of " + checkout.arn + ": " + identity},
      {"anonymous", Anonymous(), nullptr, nullptr, resource(R"("*")"), "",
       "Add a statement to the policy of " + arn + ": " + resource(R"("*")")},
      {"allowed", alice, nullptr, kAllowAll, "", "", ""},
      {"explicit deny", alice, kNoBilling, nullptr, "", "",
       "Change or remove statement \"NoBilling\" of queue billing (config/hub.yaml:2): no other statement outweighs a "
       "Deny."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    World world;
    if (c.queue != nullptr) world.Queue(c.queue);
    if (c.own != nullptr) world.Identity(c.caller, c.own);
    const Remedy remedy = world.Fix(c.caller);
    EXPECT_EQ(remedy.resource_statement ? ToJson(*remedy.resource_statement) : "", c.resource_statement);
    EXPECT_EQ(remedy.identity_statement ? ToJson(*remedy.identity_statement) : "", c.identity_statement);
    EXPECT_EQ(remedy.advice, c.advice);
  }
  EXPECT_EQ(World().Fix(checkout, "sqs:DeleteQueue").advice,
            "Call it as a principal of account 222222222222: no policy can allow it to others.");
}

TEST(PolicyRemedyTest, ApplyingTheRemedyAllowsTheRequest) {
  for (const Principal& caller :
       {User(kBank, "alice"), User(kShop, "checkout"), Root(kShop), Anonymous(), Service("sns.amazonaws.com")}) {
    SCOPED_TRACE(caller.arn + caller.service);
    World world;
    world.context = ContextOf({{"aws:SourceArn", kOrders}});
    const Remedy remedy = world.Fix(caller);
    if (remedy.resource_statement) world.Queue(Document(ToJson(*remedy.resource_statement)));
    if (remedy.identity_statement) world.Identity(caller, Document(ToJson(*remedy.identity_statement)));
    EXPECT_TRUE(world.policies.Decide({caller, kSend, kBilling, kBank, world.context}).allowed);
    EXPECT_EQ(world.Fix(caller).advice, "");
  }
}

}  // namespace
}  // namespace hub::policy
