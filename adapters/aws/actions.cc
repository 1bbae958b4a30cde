#include "adapters/aws/actions.h"

#include <unordered_map>

namespace adapters::aws {
namespace {

using Table = std::unordered_map<std::string_view, const Action*>;

const Table& TableOf(Service service) {
  static const auto tables = [] {
    std::unordered_map<Service, Table> made;
    for (const std::span<const Action> family :
         {MessageActions(), ReceiveActions(), QueueActions(), MoveTaskActions(), PermissionActions(), TopicActions(),
          SubscriptionActions(), PublishActions(), OtherActions()}) {
      for (const Action& action : family) made[action.service].emplace(action.name, &action);
    }
    return made;
  }();
  static const Table none;
  const auto found = tables.find(service);
  return found == tables.end() ? none : found->second;
}

}  // namespace

const Action* FindAction(Service service, std::string_view name) {
  const Table& table = TableOf(service);
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

std::optional<Service> ServiceOfAction(std::string_view name) {
  for (const Service service : {Service::kSqs, Service::kSns, Service::kSts}) {
    if (FindAction(service, name)) return service;
  }
  return std::nullopt;
}

}  // namespace adapters::aws
