// Where the system keeps the certificates it trusts, when OpenSSL was built for another one.
#pragma once

#include <span>
#include <string>

namespace mqttkit {

/// The bundles of the usual distributions, the most frequent first.
std::span<const char* const> usual_bundles() noexcept;

/// The first of `bundles` that can be read, where there is nothing in OpenSSL's own places: a
/// program that brings its OpenSSL looks where the system that built it keeps them. "" where there
/// is something, or nothing anywhere.
/// @param file, directory  OpenSSL's own places
std::string bundle_in_place_of(const char* file, const char* directory,
                               std::span<const char* const> bundles);

}  // namespace mqttkit
