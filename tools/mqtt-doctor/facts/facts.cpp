// Copying, moving and destroying the large structures, in one unit for all.
#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

contact::contact() = default;
contact::~contact() = default;
contact::contact(const contact&) = default;
contact::contact(contact&&) noexcept = default;
contact& contact::operator=(const contact&) = default;
contact& contact::operator=(contact&&) noexcept = default;

host_facts::host_facts() = default;
host_facts::~host_facts() = default;
host_facts::host_facts(const host_facts&) = default;
host_facts::host_facts(host_facts&&) noexcept = default;
host_facts& host_facts::operator=(const host_facts&) = default;
host_facts& host_facts::operator=(host_facts&&) noexcept = default;

endpoint_facts::endpoint_facts() = default;
endpoint_facts::~endpoint_facts() = default;
endpoint_facts::endpoint_facts(const endpoint_facts&) = default;
endpoint_facts::endpoint_facts(endpoint_facts&&) noexcept = default;
endpoint_facts& endpoint_facts::operator=(const endpoint_facts&) = default;
endpoint_facts& endpoint_facts::operator=(endpoint_facts&&) noexcept = default;

facts::facts() = default;
facts::~facts() = default;
facts::facts(const facts&) = default;
facts::facts(facts&&) noexcept = default;
facts& facts::operator=(const facts&) = default;
facts& facts::operator=(facts&&) noexcept = default;

}  // namespace mqttkit::doctor
