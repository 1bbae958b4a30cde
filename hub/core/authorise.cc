// Who may do what: every command passes here before anything else is looked at.

#include "hub/base/arn.h"
#include "hub/core/core.h"
#include "hub/policy/remedy.h"

namespace hub::core {
namespace {

const policy::Principal& TopicService() {
  static const policy::Principal service{
      .kind = policy::Principal::Kind::kService, .account = "", .arn = "", .service = "sns.amazonaws.com", .name = ""};
  return service;
}

// What ContextOf sets.
constexpr std::string_view kSourceIp = "aws:SourceIp";
constexpr std::string_view kSecureTransport = "aws:SecureTransport";
constexpr std::string_view kTransport = "hub:Transport";
constexpr std::string_view kConnectionKeys[] = {kSourceIp, kSecureTransport, kTransport};

// The tags of a request, or null; and of those that it takes away the keys.
struct RequestTagsIn {
  const Tags* tags = nullptr;
  const std::vector<std::string>* keys = nullptr;

  void operator()(const CreateQueue& create) { tags = &create.tags; }
  void operator()(const CreateTopic& create) { tags = &create.tags; }
  void operator()(const TagQueue& tag) { tags = &tag.tags; }
  void operator()(const TagTopic& tag) { tags = &tag.tags; }
  void operator()(const UntagQueue& untag) { keys = &untag.keys; }
  void operator()(const UntagTopic& untag) { keys = &untag.keys; }
  template <typename Other>
  void operator()(const Other&) {}
};

policy::Context ContextOf(const Caller& caller, const Turn& turn) {
  policy::Context context;
  context.SetTime(turn.wall);
  if (!caller.source_ip.empty()) context.Set(kSourceIp, caller.source_ip);
  context.Set(kSecureTransport, caller.secure_transport ? "true" : "false");
  context.Set(kTransport, caller.transport);
  return context;
}

}  // namespace

RequestTags Core::TagsIn(const Operation& operation) {
  RequestTagsIn in;
  std::visit([&in](const auto& each) { in(each); }, operation);
  RequestTags found{.tags = in.tags, .keys = {}};
  if (in.tags) {
    for (const auto& [key, value] : *in.tags) found.keys.push_back(key);
  }
  if (in.keys) found.keys.assign(in.keys->begin(), in.keys->end());
  return found;
}

const Tags* Core::TagsOf(std::string_view arn) const {
  if (tagged_.empty()) return nullptr;
  const auto found = tagged_.find(arn);
  return found == tagged_.end() ? nullptr : found->second;
}

Result<void> Core::Authorise(const Caller& caller, std::string_view action, std::string_view arn,
                             std::string_view account, Turn& turn, const RequestTags& request_tags) {
  auto admitted = Admit(caller, action, arn, account, /*protocol=*/"", turn, request_tags);
  if (!admitted) return tl::unexpected(admitted.error());
  return {};
}

// The one place where a caller's request meets the policies. `protocol` is how messages of a topic would leave it, if
// that is what is asked for.
Result<Core::Admitted> Core::Admit(const Caller& caller, std::string_view action, std::string_view arn,
                                   std::string_view account, std::string_view protocol, Turn& turn,
                                   const RequestTags& request_tags) {
  if (!caller.identity) return Admitted();  // The hub itself.
  policy::Context context = ContextOf(caller, turn);
  if (!protocol.empty()) context.Set("sns:Protocol", protocol);
  context.SetResourceTags(TagsOf(arn));
  context.SetRequestTags(request_tags.tags);
  if (!request_tags.keys.empty()) context.SetList("aws:TagKeys", request_tags.keys);
  return Judge({.principal = caller.identity->principal(),
                .action = action,
                .resource = arn,
                .resource_account = account,
                .context = context},
               turn);
}

// What the policies say, told in the log when it is no; with `policies: log` that is all.
Result<Core::Admitted> Core::Judge(const policy::Request& request, Turn& turn) {
  const policy::Decision decision = policies_.Decide(request);
  const Admitted admission{.depends_on_time = decision.depends_on_time};
  CountDecision(decision.allowed);
  if (decision.allowed) return admission;
  const bool log_only = config_->policies == PolicyMode::kLog;
  if (log_only && !IsNews(request)) return admission;
  const std::string why = decision.Explain(request);
  const std::string advice = policy::RemedyFor(policies_, request).advice;
  Log(LogLine::Level::kWarning, (log_only ? "WOULD DENY: " : "DENIED: ") + why + " " + advice, turn);
  if (log_only) return admission;
  return Fail(Code::kAccessDenied, why + (advice.empty() ? "" : " " + advice));
}

// `policies: log` says each thing once, until the policies change.
bool Core::IsNews(const policy::Request& request) {
  constexpr std::size_t kToldMax = 4096;
  if (told_generation_ != policies_.generation() || told_.size() >= kToldMax) told_.clear();
  told_generation_ = policies_.generation();
  std::string key = request.principal.arn;
  return told_.insert(key.append(" ").append(request.action).append(" ").append(request.resource)).second;
}

// What concerns the whole hub, whoever's account it is in: the caller's own policies decide alone.
Result<void> Core::AuthoriseForHub(const Command& command, Turn& turn) {
  if (!command.caller || !command.caller->identity) return {};
  const std::string account = command.caller->identity->principal().account;
  const std::string arn = "arn:aws:hub:" + config_->region + ":" + account + ":configuration";
  return Authorise(*command.caller, ActionOf(command.operation), arn, account, turn);
}

// Whether the caller may see the attributes of a resource, without telling anybody.
bool Core::MaySee(const Command& command, const ResourceName& name, const Turn& turn) const {
  if (config_->policies == PolicyMode::kLog) return true;
  const std::string arn = ArnOf(name);
  const policy::Context context = ContextOf(*command.caller, turn);
  const policy::Request request{
      .principal = command.caller->identity->principal(),
      .action = name.kind == Kind::kQueue ? "sqs:GetQueueAttributes" : "sns:GetTopicAttributes",
      .resource = arn,
      .resource_account = name.account,
      .context = context};
  return policies_.Decide(request).allowed;
}

// May somebody subscribe to the topic who is not connected? `principal` is the ARN of a user or an account. Returns why
// not, or "".
std::string Core::WhyMayNotSubscribe(const std::string& principal, const TopicEntry& topic, Turn& turn) {
  const auto arn = ParseArn(principal);
  if (!arn) return "\"" + principal + "\" is not a principal.";
  using Kind = policy::Principal::Kind;
  const policy::Principal subscriber{.kind = principal == AccountArn(arn->account) ? Kind::kAccountRoot : Kind::kUser,
                                     .account = arn->account,
                                     .arn = principal,
                                     .service = "",
                                     .name = arn->resource.substr(arn->resource.find('/') + 1)};
  policy::Context context;
  context.SetTime(turn.wall);
  context.SetUnknown(kConnectionKeys);
  context.Set("sns:Protocol", "sqs");
  context.SetResourceTags(TagsOf(topic.arn));
  const policy::Request request{.principal = subscriber,
                                .action = ActionOf(Subscribe{}),
                                .resource = topic.arn,
                                .resource_account = topic.record.name.account,
                                .context = context};
  if (config_->policies == PolicyMode::kLog) {
    (void)Judge(request, turn);  // It only tells.
    return "";
  }
  const policy::Decision decision = policies_.Decide(request);
  CountDecision(decision.allowed);
  return decision.allowed ? "" : decision.Explain(request);
}

// May the topic send to the queue? The queue's own policy decides, of the service that delivers for the topic.
bool Core::MayDeliver(const TopicEntry& topic, const QueueEntry& queue, Admission& admission, Turn& turn) {
  if (admission.generation == policies_.generation()) return admission.admitted;
  if (queue.delivers_for) {  // The hub's own.
    admission.generation = policies_.generation();
    return admission.admitted = true;
  }
  policy::Context context;
  context.SetTime(turn.wall);
  context.Set("aws:SourceArn", topic.arn);
  context.Set("aws:SourceAccount", topic.record.name.account);
  context.SetResourceTags(TagsOf(queue.arn));
  const policy::Request request{.principal = TopicService(),
                                .action = "sqs:SendMessage",
                                .resource = queue.arn,
                                .resource_account = queue.record.name.account,
                                .context = context};
  const policy::Decision decision = policies_.Decide(request);
  CountDecision(decision.allowed);
  admission.admitted = decision.allowed || config_->policies == PolicyMode::kLog;
  admission.generation.reset();
  if (!decision.depends_on_time) admission.generation = policies_.generation();
  if (!decision.allowed) {
    const std::string line =
        decision.Explain(request) + " " + policy::RemedyFor(policies_, request).advice + " (from " + topic.arn + ")";
    const bool log_only = config_->policies == PolicyMode::kLog;
    if (line != admission.denial || admission.denied_generation != policies_.generation()) {
      Log(LogLine::Level::kWarning, (log_only ? "WOULD DENY: " : "DENIED: ") + line, turn);
    }
    admission.denial = line;
    admission.denied_generation = policies_.generation();
  }
  return admission.admitted;
}

// A name as the caller wrote it; an account may stand in it by the name that the configuration gives it.
Result<ResourceName> Core::Resolve(Kind kind, std::string_view text, const Command& command) const {
  const bool by_hub = !command.caller || !command.caller->identity;
  const std::string account = by_hub ? "" : command.caller->identity->principal().account;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && !text.starts_with("arn:")) {
    for (const DeclaredAccount& declared : config_->accounts) {
      if (declared.name != text.substr(0, slash)) continue;
      return ParseResourceName(kind, text.substr(slash + 1), declared.id, config_->region);
    }
  }
  return ParseResourceName(kind, text, account, config_->region);
}

// A name as the caller wrote it, once the policies admit the action on it. They are asked before anybody looks whether
// it exists, so that a stranger learns nothing.
Result<ResourceName> Core::NameFor(Kind kind, std::string_view text, const Command& command, std::string_view action,
                                   Turn& turn) {
  auto name = Resolve(kind, text, command);
  if (!name || !command.caller) return name;
  const auto* subscribe = std::get_if<Subscribe>(&command.operation);
  const std::string_view protocol = subscribe ? NameOf(subscribe->protocol) : "";
  auto allowed = Admit(*command.caller, action, ArnOf(*name), name->account, protocol, turn, TagsIn(command.operation));
  if (!allowed) return tl::unexpected(allowed.error());
  return name;
}

Result<QueueEntry*> Core::QueueFor(std::string_view text, const Command& command, Turn& turn) {
  auto name = NameFor(Kind::kQueue, text, command, ActionOf(command.operation), turn);
  if (!name) return tl::unexpected(name.error());
  if (QueueEntry* queue = catalog_.FindQueue(*name)) return queue;
  return Fail(Code::kQueueNotFound, "There is no queue " + ArnOf(*name) + ".");
}

Result<TopicEntry*> Core::TopicFor(std::string_view text, const Command& command, Turn& turn) {
  auto name = NameFor(Kind::kTopic, text, command, ActionOf(command.operation), turn);
  if (!name) return tl::unexpected(name.error());
  if (TopicEntry* topic = catalog_.FindTopic(*name)) return topic;
  return Fail(Code::kTopicNotFound, "There is no topic " + ArnOf(*name) + ".");
}

Result<void> Core::MayChange(std::string_view declared_at, std::string_view label) const {
  if (declared_at.empty() || config_->drift) return {};
  return Fail(Code::kDeclaredInYaml, "The " + std::string(label) + " is declared at " + std::string(declared_at) +
                                         ". Change it there, or set drift: allow.");
}

Result<void> Core::HasSpace() const {
  if (!space_low_) return {};
  return Fail(Code::kNoSpace, "The disk is nearly full: the hub takes no new messages until space returns.");
}

}  // namespace hub::core
