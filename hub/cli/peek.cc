// peek.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>

#include "hub/cli/app.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using adapters::client::Client;
using adapters::client::Looked;
using adapters::wire::native::LookedAt;

struct PeekOptions {
  std::string queue;
  std::size_t max = 10;
};

void Show(const LookedAt& seen) {
  Print(seen.message.body);
  std::string about = "  " + core::Format(seen.message.id) + ", ";
  about += seen.state == core::MessageState::kInFlight ? "in flight" : core::NameOf(seen.state);
  if (seen.state != core::MessageState::kVisible) about += " until " + Iso8601(seen.until);
  about += ", sent " + Iso8601(seen.message.sent) + ", received " + std::to_string(seen.message.receive_count) +
           (seen.message.receive_count == 1 ? " time" : " times");
  if (!seen.message.group.empty()) about += ", group " + std::string(seen.message.group);
  if (!seen.message.dead_letter_source.empty())
    about += ", given up by " + std::string(seen.message.dead_letter_source);
  Print(about);
}

void Peek(Context& context, const PeekOptions& options) {
  std::optional<Client> client = context.Connect();
  std::string after;
  std::size_t left = options.max;
  while (client && left > 0) {
    const Result<Looked> page = client->Peek(options.queue, std::min(left, core::kPeekMax), after);
    if (!page) return context.Refused(page.error());
    for (const LookedAt& seen : page->messages) context.json ? Print(ToNode(seen)) : Show(seen);
    left -= std::min(left, page->messages.size());
    after = page->next;
    if (after.empty()) return;
  }
}

}  // namespace

void AddPeek(CLI::App& app, Context& context) {
  const auto options = std::make_shared<PeekOptions>();
  CLI::App* peek = app.add_subcommand("peek", "Look at a queue's messages without receiving them");
  peek->add_option("QUEUE", options->queue, "ARN, account/name, or a name in your own account")->required();
  peek->add_option("--max", options->max, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  peek->footer(
      "Shows what is visible, in flight and delayed, and changes nothing. Who may receive may look. With --json: one "
      "object per line.\n\n"
      "Examples:\n"
      "  penstock peek billing/orders-dead\n"
      "  penstock peek billing/orders --max 1000 --json");
  peek->callback([&context, options] { Peek(context, *options); });
}

}  // namespace hub::cli
