#include "hub/policy/action.h"

#include <algorithm>
#include <array>

#include "hub/policy/text.h"

namespace hub::policy {
namespace {

constexpr std::string_view kOwnAccountOnly[] = {
    "sqs:AddPermission",        "sqs:CancelMessageMoveTask", "sqs:CreateQueue", "sqs:DeleteQueue",
    "sqs:ListMessageMoveTasks", "sqs:ListQueueTags",         "sqs:ListQueues",  "sqs:RemovePermission",
    "sqs:SetQueueAttributes",   "sqs:StartMessageMoveTask",  "sqs:TagQueue",    "sqs:UntagQueue",
};

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

}  // namespace

ActionPattern::ActionPattern(std::string_view text) : all_(text == "*") {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  service_ = text.substr(0, colon);
  if (auto name = Pattern::Parse(text.substr(colon + 1), {.wildcards = Syntax::Wildcards::kAny})) {
    name_ = std::move(*name);
  }
}

bool ActionPattern::Matches(const Request& request) const {
  if (all_) return true;
  const std::size_t colon = request.action.find(':');
  if (colon == std::string_view::npos || colon + 1 == request.action.size()) return false;
  return EqualIgnoreCase(request.action.substr(0, colon), service_) &&
         name_.Matches(request.action.substr(colon + 1), request, /*ignore_case=*/true);
}

std::optional<std::uint64_t> ActionPattern::ExactHash() const {
  if (all_ || !name_.IsLiteral()) return std::nullopt;
  return HashIgnoreCase(service_ + ":" + name_.LiteralPrefix());
}

std::string MistakeInAction(std::string_view text) {
  if (text == "*") return "";
  const std::string no_action = Quoted(text) + " is not an action. ";
  if (text.find(',') != std::string_view::npos) return no_action + "Write several actions as a list.";
  if (text.find_first_of(" \t\r\n") != std::string_view::npos) return no_action + "Leave out the white space.";
  const std::size_t colon = text.find(':');
  const std::string_view service = text.substr(0, colon);
  const std::string_view name = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (service.find_first_of("*?") != std::string_view::npos) {
    return no_action + "Wildcards may stand only after the service, as in \"sqs:*\"; \"*\" alone means every action.";
  }
  if (service.empty() || name.empty() || text.size() > kPatternBytesMax ||
      service.find_first_not_of(std::string(kLetters) + "-") != std::string_view::npos ||
      name.find_first_not_of(std::string(kLetters) + "*?") != std::string_view::npos) {
    return no_action + "Write service:Name, such as \"sqs:SendMessage\".";
  }
  return "";
}

bool WorksOnlyInOwnAccount(std::string_view action) {
  return std::any_of(std::begin(kOwnAccountOnly), std::end(kOwnAccountOnly),
                     [&](std::string_view only) { return EqualIgnoreCase(only, action); });
}

}  // namespace hub::policy
