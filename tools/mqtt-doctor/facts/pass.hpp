// A pass over the members of a fact, which reads or writes them.
#pragma once

#include <type_traits>

namespace mqttkit::doctor {

/// A pass that reads JSON may change the facts, and one that writes may not.
template <class Pass, class Fact>
using part = std::conditional_t<Pass::reads, Fact, const Fact>;

}  // namespace mqttkit::doctor
