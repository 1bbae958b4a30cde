// The live feed: who may follow a topic, what goes to those who do, and who no longer may.

#include "hub/core/feed.h"

#include "hub/core/core.h"
#include "queues/chunk.h"

namespace hub::core {

namespace {

// What a stranger wrote, fit for a log.
std::string Printable(std::string_view text) {
  constexpr std::size_t kShownMax = 100;
  std::string shown(text.substr(0, kShownMax));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > kShownMax ? shown + "..." : shown;
}

std::string WhoIs(const std::shared_ptr<const Caller>& caller) {
  if (!caller || !caller->identity) return "the hub";
  const policy::Principal& principal = caller->identity->principal();
  return principal.arn.empty() ? "an anonymous caller" : principal.arn;
}

}  // namespace

std::string FeedKey(std::string_view written, std::string_view account) {
  std::string key(written);
  key.push_back('\0');
  return key.append(account);
}

std::vector<Attribute> AttributesOf(const FeedMessage& message) {
  return queues::DecodeAttributes(message.encoded_attributes);
}

// What it takes to follow a topic on the feed is what it takes to subscribe a queue to it. As everywhere, the policies
// are asked before anybody looks whether the topic exists.
Result<Followers::Follower> Core::Followed(std::string_view text, const Command& command, Turn& turn) {
  if (text.find('\0') != std::string_view::npos) return Fail(Code::kInvalidArgument, "A name holds no NUL.");
  auto name = Resolve(Kind::kTopic, text, command);
  if (!name) return tl::unexpected(name.error());
  Followers::Follower follower{.ticket = command.ticket,
                               .caller = command.caller,
                               .written = std::string(text),
                               .arn = ArnOf(*name),
                               .key = FeedKey(text, name->account)};
  if (command.caller) {
    auto admitted = Admit(*command.caller, ActionOf(command.operation), follower.arn, name->account, "feed", turn);
    if (!admitted) return tl::unexpected(admitted.error());
    follower.depends_on_time = admitted->depends_on_time;
  }
  const TopicEntry* topic = catalog_.FindTopic(*name);
  if (!topic) return Fail(Code::kTopicNotFound, "There is no topic " + follower.arn + ".");
  follower.topic = topic->id;
  return follower;
}

Core::Outcome Core::Handle(MayFollow& may, Command& command, Turn& turn) {
  auto follower = Followed(may.topic, command, turn);
  if (!follower) return tl::unexpected(follower.error());
  return Reply(CreatedReply{std::move(follower->arn)});
}

Core::Outcome Core::Handle(Follow& follow, Command& command, Turn& turn) {
  if (followers_.size() >= kFollowersMax) {
    return Fail(Code::kOverloaded, "The live feed has as many followers as the hub can hold.");
  }
  auto follower = Followed(follow.topic, command, turn);
  if (!follower) {
    // The subscriber is not told, so the log must tell. A denial is there already, with its remedy.
    if (follower.error().code != Code::kAccessDenied) {
      Log(LogLine::Level::kWarning,
          "FEED: refused " + WhoIs(command.caller) + " the topic \"" + Printable(follow.topic) +
              "\": " + std::string(NameOf(follower.error().code)) +
              ". A subscription is the ARN of a topic, or its name in the caller's own account.",
          turn);
    }
    return tl::unexpected(follower.error());
  }
  std::string arn = follower->arn;
  followers_.Add(*std::move(follower));
  return Reply(CreatedReply{std::move(arn)});
}

void Core::Feed(const TopicEntry& topic, const Publish::Entry& entry, std::string_view sender, std::uint64_t number,
                Turn& turn) {
  Followers::Keys keys = followers_.KeysOf(topic.id);
  if (!keys) return;
  FeedMessage message{.keys = std::move(keys),
                      .topic = topic.arn,
                      .id = MessageIdOf(hub_.secret, topic.id, number),
                      .sent = turn.now,
                      .body = std::string(entry.message.body),
                      .encoded_attributes = {},
                      .sender = std::string(sender),
                      .subject = std::string(entry.subject),
                      .group = std::string(entry.message.group),
                      .sequence = topic.settings.fifo.on ? number : 0};
  if (!entry.message.attributes.empty()) {
    queues::EncodeAttributes(message.encoded_attributes, entry.message.attributes);
  }
  turn.feed.messages.push_back(std::move(message));
}

// Everybody is decided again when the policies have changed, and those whom time may exclude before each message. Who
// may no longer follow ends before the turn's first message. Topics that come and go change the policies, too.
void Core::RecheckFollowers(Turn& turn) {
  const bool all = followers_generation_ != policies_.generation();
  if (!followers_.Any() || (!all && turn.feed.messages.empty())) {
    followers_generation_ = policies_.generation();
    return;
  }
  followers_.ForEach([&](Followers::Follower& follower) {
    if (!all && !follower.depends_on_time) return;
    const Command again{
        .ticket = follower.ticket, .caller = follower.caller, .operation = Follow{follower.written}, .frame = nullptr};
    const auto now = Followed(follower.written, again, turn);
    if (now && now->topic == follower.topic) {
      follower.depends_on_time = now->depends_on_time;
      return;
    }
    Log(LogLine::Level::kInfo, "FEED: " + WhoIs(follower.caller) + " no longer follows " + follower.arn + ".", turn);
    turn.feed.ended.push_back(follower.ticket);
  });
  for (const Ticket& ticket : turn.feed.ended) followers_.Remove(ticket.endpoint, ticket.session);
  followers_generation_ = policies_.generation();
}

}  // namespace hub::core
