// A std::variant of many alternatives whose special members are compiled once, not in every file that has one: with
// fifty alternatives they would be most of what the compiler does there.
//
//   using Operations = std::variant<Send, Receive, ...>;
//   class Operation : public OneOf<Operations> { public: using OneOf::OneOf; };
//   template class hub::OneOf<Operations>;   // in one file, with one_of_members.h
//
// std::visit, std::get, std::get_if and std::holds_alternative take it as the variant that it is; traits do not.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <variant>

namespace hub {

template <typename T, typename... Alternatives>
concept AmongTypes = (std::same_as<T, Alternatives> || ...);

template <typename Variant>
class OneOf;

template <typename... Alternatives>
class OneOf<std::variant<Alternatives...>> : public std::variant<Alternatives...> {
 public:
  OneOf();  // The first alternative.
  OneOf(const OneOf& other);
  OneOf(OneOf&& other) noexcept;
  OneOf& operator=(const OneOf& other);
  OneOf& operator=(OneOf&& other) noexcept;
  ~OneOf();

  template <typename T>
  requires AmongTypes<T, Alternatives...> OneOf(T value) : OneOf(PlaceOf<T>(), &value) {}

 private:
  OneOf(std::size_t place, void* value);  // Moves the alternative of that place out of `value`.

  template <typename T>
  static constexpr std::size_t PlaceOf() {
    std::size_t place = 0;
    (void)((std::is_same_v<T, Alternatives> || (++place, false)) || ...);
    return place;
  }
};

}  // namespace hub
