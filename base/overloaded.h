#pragma once

namespace tally {

/// One callable of several, for std::visit: `Overloaded{[](A) {...}, [](B) {...}}`. A case that
/// nobody wrote does not compile, unless one of them takes everything.
template <typename... Callables>
struct Overloaded : Callables... {
    using Callables::operator()...;
};
template <typename... Callables>
Overloaded(Callables...) -> Overloaded<Callables...>;

}  // namespace tally
