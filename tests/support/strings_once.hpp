// In C++20 libstdc++ leaves std::string to every source that uses it, as its library has the
// members of C++17 alone. Sources that precompile this leave it to strings_once.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

extern template class std::basic_string<char>;
extern template class std::vector<std::string>;
extern template class std::map<std::string, std::string>;
