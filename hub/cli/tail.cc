// tail: what is published, as it is published.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/client/follower.h"
#include "hub/cli/app.h"
#include "hub/cli/input.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using adapters::client::Client;
using adapters::client::Followed;
using adapters::client::Follower;

struct TailOptions {
  std::vector<std::string> topics;
  std::string feed = "tcp://127.0.0.1:5567";
  std::uint64_t max = 0;  // 0: no end.
  std::string wait;
};

// The ARNs of the topics, if all may be followed; the feed itself would keep silent.
std::optional<std::vector<std::string>> AskForAll(Context& context, Client& client,
                                                  const std::vector<std::string>& topics) {
  std::vector<std::string> arns;
  for (const std::string& topic : topics) {
    Result<std::string> arn = client.MayFollow(topic);
    // A hub that was started anew meanwhile is asked over a new connection.
    if (!arn && arn.error().code == Code::kUnavailable) arn = client.MayFollow(topic);
    if (!arn) {
      context.Refused(arn.error());
      return std::nullopt;
    }
    arns.push_back(*std::move(arn));
  }
  return arns;
}

void Show(const Context& context, const Followed& message) {
  context.json ? Print(ToNode(message)) : Print(message.body);
}

void Follow(Context& context, const TailOptions& options, Client& client, Follower& follower) {
  constexpr Duration kForEver = std::chrono::hours(1);  // Then again.
  Duration wait = kForEver;
  if (!options.wait.empty()) {
    const Result<Duration> parsed = ParseDurationOption("--wait", options.wait);
    if (!parsed) return context.Misused(parsed.error().message);
    wait = *parsed;
  }
  for (std::uint64_t shown = 0; options.max == 0 || shown < options.max;) {
    const Result<std::optional<Followed>> message = follower.Receive(wait);
    if (!message) return context.Refused(message.error());
    if (follower.Reconnected()) {
      if (!AskForAll(context, client, options.topics)) return;
      std::fputs("The connection was lost and is back; what was published meanwhile is missing.\n", stderr);
    } else if (!*message && !options.wait.empty()) {
      return;
    }
    if (!*message) continue;
    Show(context, **message);
    if (std::fflush(stdout) != 0) return context.Misused("Cannot write the messages.");
    ++shown;
  }
}

void Tail(Context& context, const TailOptions& options) {
  std::optional<Client> client = context.Connect();
  if (!client) return;
  const std::optional<std::vector<std::string>> arns = AskForAll(context, *client, options.topics);
  if (!arns) return;
  Result<adapters::client::Options> login = context.ClientOptions();
  if (!login) return context.Misused(login.error().message);
  login->endpoint = options.feed;
  Result<Follower> follower = Follower::Connect(*login, *arns);
  if (!follower && follower.error().code == Code::kInvalidArgument) return context.Misused(follower.error().message);
  if (!follower) return context.Refused(follower.error());
  for (const std::string& arn : *arns) std::fprintf(stderr, "Following %s.\n", arn.c_str());
  Follow(context, options, *client, *follower);
}

}  // namespace

void AddTail(CLI::App& app, Context& context) {
  const auto options = std::make_shared<TailOptions>();
  CLI::App* tail = app.add_subcommand("tail", "Show what is published to topics, from now on");
  tail->add_option("TOPIC", options->topics, "ARN, account/name, or a name in your own account; one or several")
      ->required();
  tail->add_option("--feed", options->feed, "Where the hub's live feed listens")
      ->envname("PENSTOCK_FEED")
      ->capture_default_str();
  tail->add_option("--max", options->max, "End after so many messages")->check(CLI::PositiveNumber);
  tail->add_option("--wait", options->wait, "End when so long nothing comes (else never)");
  tail->footer(
      "Prints each body on a line, or with --json one object per line. Who may subscribe a queue to a topic may follow "
      "it.\n"
      "The live feed keeps nothing: what is published before, while the connection is lost, or faster than it is read, "
      "is\n"
      "missing here. What must not be missing goes to a queue.\n\n"
      "Examples:\n"
      "  penstock tail orders payments\n"
      "  penstock tail shop/orders --json --max 10 --wait 30s");
  tail->callback([&context, options] { Tail(context, *options); });
}

}  // namespace hub::cli
