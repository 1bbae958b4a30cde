// The members of OneOf, for the one file that instantiates it.
#pragma once

#include <array>
#include <utility>

#include "hub/base/one_of.h"

namespace hub {

template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>::OneOf() = default;
template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>::OneOf(const OneOf& other) = default;
template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>::OneOf(OneOf&& other) noexcept = default;
template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>& OneOf<std::variant<Alternatives...>>::operator=(const OneOf& other) = default;
template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>& OneOf<std::variant<Alternatives...>>::operator=(OneOf&& other) noexcept = default;
template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>::~OneOf() = default;

template <typename... Alternatives>
OneOf<std::variant<Alternatives...>>::OneOf(std::size_t place, void* value) {
  using Variant = std::variant<Alternatives...>;
  static constexpr std::array<void (*)(Variant&, void*), sizeof...(Alternatives)> kMoves{[](Variant& to, void* from) {
    to.template emplace<Alternatives>(std::move(*static_cast<Alternatives*>(from)));
  }...};
  kMoves[place](*this, value);
}

}  // namespace hub
