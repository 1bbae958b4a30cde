// Who may do what: every command passes here before anything else is looked at.

#include "hub/core/core.h"
#include "hub/policy/remedy.h"

namespace hub::core {
namespace {

const policy::Principal& TopicService() {
  static const policy::Principal service{
      .kind = policy::Principal::Kind::kService, .account = "", .arn = "", .service = "sns.amazonaws.com", .name = ""};
  return service;
}

policy::Context ContextOf(const Caller& caller, const Turn& turn) {
  policy::Context context;
  context.SetTime(turn.wall);
  if (!caller.source_ip.empty()) context.Set("aws:SourceIp", caller.source_ip);
  context.Set("aws:SecureTransport", caller.secure_transport ? "true" : "false");
  context.Set("hub:Transport", caller.transport);
  return context;
}

}  // namespace

Result<void> Core::Authorise(const Caller& caller, std::string_view action, std::string_view arn,
                             std::string_view account, Turn& turn) {
  auto admitted = Admit(caller, action, arn, account, /*protocol=*/"", turn);
  if (!admitted) return tl::unexpected(admitted.error());
  return {};
}

// The one place where a caller's request meets the policies. `protocol` is how messages of a topic would leave it, if
// that is what is asked for.
Result<Core::Admission> Core::Admit(const Caller& caller, std::string_view action, std::string_view arn,
                                    std::string_view account, std::string_view protocol, Turn& turn) {
  if (!caller.identity) return Admission();  // The hub itself.
  policy::Context context = ContextOf(caller, turn);
  if (!protocol.empty()) context.Set("sns:Protocol", protocol);
  const policy::Request request{.principal = caller.identity->principal(),
                                .action = action,
                                .resource = arn,
                                .resource_account = account,
                                .context = context};
  const policy::Decision decision = policies_.Decide(request);
  const Admission admission{.depends_on_time = decision.depends_on_time};
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

// May the topic send to the queue? The queue's own policy decides, of the service that delivers for the topic.
bool Core::MayDeliver(SubscriptionEntry& subscription, Turn& turn) {
  if (subscription.decided_generation == policies_.generation()) return subscription.admitted;
  policy::Context context;
  context.SetTime(turn.wall);
  context.Set("aws:SourceArn", subscription.topic->arn);
  context.Set("aws:SourceAccount", subscription.topic->record.name.account);
  const policy::Request request{.principal = TopicService(),
                                .action = "sqs:SendMessage",
                                .resource = subscription.queue->arn,
                                .resource_account = subscription.queue->record.name.account,
                                .context = context};
  const policy::Decision decision = policies_.Decide(request);
  subscription.admitted = decision.allowed || config_->policies == PolicyMode::kLog;
  subscription.decided_generation.reset();
  if (!decision.depends_on_time) subscription.decided_generation = policies_.generation();
  if (!decision.allowed) {
    const std::string line = decision.Explain(request) + " " + policy::RemedyFor(policies_, request).advice +
                             " (from " + subscription.topic->arn + ")";
    const bool log_only = config_->policies == PolicyMode::kLog;
    if (line != subscription.last_denial || subscription.denied_generation != policies_.generation()) {
      Log(LogLine::Level::kWarning, (log_only ? "WOULD DENY: " : "DENIED: ") + line, turn);
    }
    subscription.last_denial = line;
    subscription.denied_generation = policies_.generation();
  }
  return subscription.admitted;
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
  const std::string_view protocol = std::holds_alternative<Subscribe>(command.operation) ? "sqs" : "";
  auto allowed = Admit(*command.caller, action, ArnOf(*name), name->account, protocol, turn);
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
