// The keys `dead_letter` and `redrive_allow` of queues: where messages go that were received too often, and from which
// queues they may come.
#include <map>
#include <set>

#include "adapters/yaml/draft.h"
#include "adapters/yaml/references.h"
#include "adapters/yaml/section.h"
#include "hub/base/limits.h"

namespace adapters::yaml {
namespace {

using hub::Node;

struct Redrive {
  std::string source;  // ARNs.
  std::string target;
  const Node* node = nullptr;
  std::string path;
};

// A bare name means a queue of the same account.
std::optional<hub::ResourceName> ReadTarget(Section& section, const PendingDeadLetter& pending, Draft& draft) {
  const Node* node = section.Take("queue");
  if (node == nullptr) {
    section.Missing("queue", "queue: NAME, a queue of the same account");
    return std::nullopt;
  }
  Node reference = *node;
  if (node->IsString() && node->text.find_first_of("/:") == std::string::npos) {
    reference.text = "queue/" + pending.account_name + "/" + node->text;
  }
  auto target = Resolve(reference, section.PathOf("queue"), hub::Kind::kQueue, draft);
  if (!target) return std::nullopt;
  const hub::ResourceName& source = draft.config->queues[pending.queue].name;
  if (target->account != source.account) {
    section.Wrong("queue", " is a queue of another account: " + Describe(*node) +
                               ". Declare a queue for dead letters under accounts." + pending.account_name +
                               ".queues.");
    return std::nullopt;
  }
  if (*target == source) {
    section.Wrong("queue", " is the queue itself: " + Describe(*node) + ". Name another queue of the same account.");
    return std::nullopt;
  }
  if (const bool is_fifo = hub::IsFifoName(source.name); is_fifo != hub::IsFifoName(target->name)) {
    section.Wrong("queue", std::string(" is a ") + (is_fifo ? "standard" : "FIFO") + " queue, unlike " + source.name +
                               ": " + Describe(*node) + ". Name a " + (is_fifo ? "FIFO" : "standard") +
                               " queue of the same account.");
    return std::nullopt;
  }
  return target;
}

std::optional<Redrive> Read(const PendingDeadLetter& pending, Draft& draft) {
  Section section(*pending.node, pending.path, draft.report);
  const auto target = ReadTarget(section, pending, draft);
  const auto after = section.Count("after", 1, hub::kReceivesBeforeDeadLetterMax);
  if (section.Take("after") == nullptr) section.Missing("after", "after: 5, the receives that are one too many");
  section.RefuseUnknownKeys();
  if (!target || !after) return std::nullopt;

  hub::core::DeclaredQueue& queue = draft.config->queues[pending.queue];
  Node limit;
  limit.kind = Node::Kind::kNumber;
  limit.text = std::to_string(*after);
  queue.attributes["RedrivePolicy"] =
      ToJson(Node::Map({{.key = "deadLetterTargetArn", .key_place = {}, .value = Node::String(ArnOf(*target))},
                        {.key = "maxReceiveCount", .key_place = {}, .value = limit}}));
  return Redrive{ArnOf(queue.name), ArnOf(*target), pending.node, section.PathOf("queue")};
}

// "all", "none", or the queues that may; as the attribute RedriveAllowPolicy has it.
struct RedriveAllow {
  std::string permission;
  std::set<std::string> queues;  // ARNs.
};

std::optional<RedriveAllow> Read(const PendingRedriveAllow& pending, Draft& draft) {
  const Node& node = *pending.node;
  if (node.IsString() && node.text == "all") return RedriveAllow{"allowAll", {}};
  if (node.IsString() && node.text == "none") return RedriveAllow{"denyAll", {}};
  const auto items = ItemsOf(&node, pending.path);
  if (items.empty() || items.size() > hub::kRedriveSourcesMax) {
    draft.report.Mistake(node.place, pending.path + " names " + std::to_string(items.size()) +
                                         " queues. Write none, all, or 1 to " +
                                         std::to_string(hub::kRedriveSourcesMax) + " queues such as queue/NAME.");
    return std::nullopt;
  }
  RedriveAllow allow{"byQueue", {}};
  for (const auto& [item, path] : items) {
    const auto queue = Resolve(*item, path, hub::Kind::kQueue, draft);
    if (!queue) return std::nullopt;
    allow.queues.insert(ArnOf(*queue));
  }
  return allow;
}

Node ToPolicy(const RedriveAllow& allow) {
  std::vector<hub::Member> members = {
      {.key = "redrivePermission", .key_place = {}, .value = Node::String(allow.permission)}};
  if (!allow.queues.empty()) {
    std::vector<Node> arns;
    for (const std::string& arn : allow.queues) arns.push_back(Node::String(arn));
    members.push_back({.key = "sourceQueueArns", .key_place = {}, .value = Node::List(std::move(arns))});
  }
  return Node::Map(std::move(members));
}

// What a queue gives up must be let in by where it goes.
void CheckAllowed(const std::vector<Redrive>& redrives, Draft& draft) {
  std::map<std::string, std::pair<RedriveAllow, const PendingRedriveAllow*>> allowed;
  for (const PendingRedriveAllow& pending : draft.pending_redrive_allows) {
    const auto allow = Read(pending, draft);
    if (!allow) continue;
    hub::core::DeclaredQueue& queue = draft.config->queues[pending.queue];
    queue.attributes["RedriveAllowPolicy"] = ToJson(ToPolicy(*allow));
    allowed.emplace(ArnOf(queue.name), std::pair(*allow, &pending));
  }
  for (const Redrive& redrive : redrives) {
    const auto found = allowed.find(redrive.target);
    if (found == allowed.end()) continue;
    const auto& [allow, pending] = found->second;
    if (allow.permission == "allowAll" || allow.queues.contains(redrive.source)) continue;
    draft.report.Mistake(redrive.node->Find("queue")->place, redrive.path + " is not allowed by " + pending->path +
                                                                 " at " + pending->node->place.ToString() +
                                                                 ". Allow this queue there, or name another.");
  }
}

// Each queue has at most one target, so following them from a queue ends or comes to a circle.
void RefuseCircles(const std::vector<Redrive>& redrives, Report& report) {
  std::map<std::string, const Redrive*> by_source;
  for (const Redrive& redrive : redrives) by_source.emplace(redrive.source, &redrive);
  std::set<std::string> done;
  const auto name_of = [](const std::string& arn) { return arn.substr(arn.rfind(':') + 1); };
  for (const Redrive& start : redrives) {
    std::vector<const Redrive*> walk;
    std::set<std::string> walked;
    for (auto at = by_source.find(start.source); at != by_source.end() && !done.contains(at->first);
         at = by_source.find(at->second->target)) {
      if (walked.insert(at->first).second) {
        walk.push_back(at->second);
        continue;
      }
      std::string circle;
      bool inside = false;
      for (const Redrive* step : walk) {
        inside = inside || step->source == at->first;
        if (inside) circle += name_of(step->source) + " -> ";
      }
      const Redrive& last = *walk.back();
      report.Mistake(last.node->Find("queue")->place, last.path + " closes a circle: " + circle + name_of(at->first) +
                                                          ". Let one of these queues have no dead_letter.");
      break;
    }
    done.insert(walked.begin(), walked.end());
  }
}

}  // namespace

void ReadDeadLetters(Draft& draft) {
  std::vector<Redrive> redrives;
  for (const PendingDeadLetter& pending : draft.pending_dead_letters) {
    if (auto redrive = Read(pending, draft)) redrives.push_back(std::move(*redrive));
  }
  RefuseCircles(redrives, draft.report);
  CheckAllowed(redrives, draft);
}

}  // namespace adapters::yaml
