#define STRINGS_ONCE
#include "strings_once.hpp"
