// What a test needs of the machine. Where it is missing the test ends, and its output says why: a
// test that is left out in silence looks like one that passed.
#pragma once

#include <doctest/doctest.h>

#include "support/process.hpp"

/// Ends the test case where the program is not installed.
#define NEEDS_PROGRAM(name)                              \
  if (mqttkit::testing::find_program(name).empty()) {    \
    MESSAGE("skipped: " << name << " is not installed"); \
    return;                                              \
  }
