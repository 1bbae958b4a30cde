#include "tests/sim/model_feed.h"

#include <algorithm>

namespace sim {

using hub::core::FeedMessage;
using hub::core::Turn;

namespace {

// What is wrong with a message on the feed, or "".
std::string Difference(const hub::core::Publish& publish, std::size_t entry, const hub::core::SendReply& reply,
                       const FeedMessage& message) {
  const auto& sent = publish.entries[entry];
  if (message.id != reply.ids[entry]) return "another message";
  if (message.topic != ArnOfTopic(publish.topic)) return "another topic";
  if (message.body != sent.message.body) return "another body";
  if (AttributesOf(message) != sent.message.attributes) return "other attributes";
  if (message.subject != sent.subject) return "another subject";
  if (message.group != sent.message.group) return "another group";
  if (message.sequence != (IsFifo(publish.topic) ? reply.sequences[entry] : 0)) return "another sequence";
  return "";
}

}  // namespace

// --- Who may follow -------------------------------------------------------------------------------------------------

std::optional<std::string> Model::TopicAsWritten(CallerKind caller, const std::string& written) {
  static constexpr std::string_view kArn = "arn:aws:sns:us-east-1:";
  if (written.find('\0') != std::string::npos) return std::nullopt;
  std::string topic = written;
  if (written.starts_with(kArn)) {
    topic = written.substr(kArn.size());
    topic[topic.find(':')] = '/';
  } else if (written.find('/') == std::string::npos) {
    topic = AccountOf(caller) + '/' + written;
  }
  const std::size_t slash = topic.find('/');
  if (slash == 0 || slash + 1 == topic.size() || IsPattern(topic)) return std::nullopt;
  return topic;
}

std::optional<hub::Code> Model::WhyNotFollow(CallerKind caller, const std::string& written, hub::Instant wall) const {
  const auto topic = TopicAsWritten(caller, written);
  if (!topic) return Code::kInvalidArgument;
  const bool is_there = topics_.contains(*topic);
  bool may = true;
  if (caller == CallerKind::kWorker) {
    const auto granted = grants_.following.find(*topic);
    may = is_there && granted != grants_.following.end() && wall < granted->second;
  } else if (caller == CallerKind::kStranger || AccountOf(caller) != AccountOf(*topic)) {
    may = MaySubscribe(caller, *topic);
  }
  if (!may) return Code::kAccessDenied;
  return is_there ? std::nullopt : std::optional(Code::kTopicNotFound);
}

void Model::CheckFollow(const std::string& written, const Event& event) {
  const CallerKind caller = event.issued->caller;
  if (Refused(event, WhyNotFollow(caller, written, event.wall))) return;
  if (std::get<hub::core::CreatedReply>(**event.reply).arn != ArnOfTopic(*TopicAsWritten(caller, written))) {
    Fail(event, "that is another topic");
  }
}

void Model::Check(const hub::core::MayFollow& may, const Event& event) { CheckFollow(may.topic, event); }

void Model::Check(const hub::core::Follow& follow, const Event& event) { CheckFollow(follow.topic, event); }

// --- Who gets what --------------------------------------------------------------------------------------------------

void FeedModel::Fail(const Turn& turn, const std::string& what) {
  if (failure_.empty()) failure_ = "the feed at " + std::to_string(turn.now.time_since_epoch().count()) + ": " + what;
}

void FeedModel::Clear() {
  followers_.clear();
  published_.clear();
}

void FeedModel::Apply(const Event& event, const Model& model) {
  const Issued& issued = *event.issued;
  if (issued.ends != 0 && issued.endpoint == kFeedEndpoint) followers_.erase(issued.ends);
  if (!*event.reply) return;
  if (std::holds_alternative<hub::core::Publish>(issued.operation)) return Publish(event, model);
  const auto* follow = std::get_if<hub::core::Follow>(&issued.operation);
  if (!follow) return;
  const auto topic = Model::TopicAsWritten(issued.caller, follow->topic);
  if (!topic || !model.topics().contains(*topic)) return;  // The model has noticed.
  followers_[issued.session] = {.caller = issued.caller,
                                .written = follow->topic,
                                .key = follow->topic + '\0' + AccountOf(*topic),
                                .topic = model.topics().at(*topic).uid};
}

void FeedModel::Publish(const Event& event, const Model& model) {
  const auto topic = model.topics().find(std::get<hub::core::Publish>(event.issued->operation).topic);
  if (topic == model.topics().end()) return;
  std::set<std::string> keys;
  for (const auto& [session, follower] : followers_) {
    if (follower.topic == topic->second.uid) keys.insert(follower.key);
  }
  if (keys.empty()) return;
  for (const std::size_t entry : model.accepted()) published_.push_back({event.issued, event.reply, entry, keys});
}

void FeedModel::CheckMessage(const Published& published, const FeedMessage& message, const Turn& turn) {
  const std::string which = "message " + std::to_string(published.issued->serials[published.entry]);
  const std::string difference = Difference(std::get<hub::core::Publish>(published.issued->operation), published.entry,
                                            std::get<hub::core::SendReply>(**published.reply), message);
  if (!difference.empty()) Fail(turn, which + " should come, but " + difference + " does");
  if (message.sent != turn.now) Fail(turn, which + " was sent at another time");
  if (message.sender != ArnOfCaller(published.issued->caller)) Fail(turn, which + " was sent by another");
  if (!std::ranges::equal(*message.keys, published.keys)) Fail(turn, which + " goes to others than follow");
}

// At the end of the turn. Whom only time excludes is told before the next message, and need not be earlier.
void FeedModel::CheckEnded(const Turn& turn, const Model& model) {
  Sessions ended;
  for (const hub::core::Ticket& ticket : turn.feed.ended) {
    if (ticket.endpoint != kFeedEndpoint) Fail(turn, "somebody ends who is not on the feed");
    if (!ended.insert(ticket.session).second) Fail(turn, "session " + std::to_string(ticket.session) + " ends twice");
  }
  for (const std::uint64_t session : ended) {
    if (!followers_.contains(session)) Fail(turn, "session " + std::to_string(session) + " ends, but follows nothing");
  }
  std::erase_if(followers_, [&](const auto& each) {
    const std::uint64_t session = each.first;
    const auto& follower = each.second;
    const std::string which = "session " + std::to_string(session);
    const auto topic = model.topics().find(*Model::TopicAsWritten(follower.caller, follower.written));
    const bool is_there = topic != model.topics().end() && topic->second.uid == follower.topic;
    const auto may = [&](hub::Instant wall) {
      return is_there && !model.WhyNotFollow(follower.caller, follower.written, wall);
    };
    const bool has_ended = ended.contains(session);
    if (has_ended && may(turn.wall)) Fail(turn, which + " ends though it may follow");
    const bool may_stay = may(turn.feed.messages.empty() ? hub::Instant::min() : turn.wall);
    if (!has_ended && !may_stay) Fail(turn, which + " may no longer follow and does not end");
    return has_ended;
  });
}

std::vector<FeedModel::Sessions> FeedModel::EndTurn(const Turn& turn, const Model& model) {
  const auto& messages = turn.feed.messages;
  if (messages.size() != published_.size()) {
    Fail(turn, std::to_string(messages.size()) + " messages instead of " + std::to_string(published_.size()));
  }
  for (std::size_t i = 0; i < std::min(messages.size(), published_.size()); ++i) {
    CheckMessage(published_[i], messages[i], turn);
  }
  CheckEnded(turn, model);
  std::vector<Sessions> reached;
  for (const Published& published : published_) {
    Sessions& sessions = reached.emplace_back();
    for (const auto& [session, follower] : followers_) {
      if (published.keys.contains(follower.key)) sessions.insert(session);
    }
  }
  published_.clear();
  return reached;
}

}  // namespace sim
