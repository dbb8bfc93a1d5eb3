// In C++20 libstdc++ leaves std::string to every source that uses it, as its library has the
// members of C++17 alone. Sources that precompile this leave it to strings_once.cpp, and with it
// what else nearly all of them would make of strings.
#pragma once

#ifndef STRINGS_ONCE
#define STRINGS_ONCE extern
#endif

#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <vector>

STRINGS_ONCE template class std::basic_string<char>;
STRINGS_ONCE template class std::basic_string_view<char>;
STRINGS_ONCE template class std::vector<std::string>;
STRINGS_ONCE template class std::map<std::string, std::string>;
STRINGS_ONCE template class std::_Rb_tree<
    std::string, std::pair<const std::string, std::string>,
    std::_Select1st<std::pair<const std::string, std::string>>, std::less<std::string>>;
STRINGS_ONCE template void std::string::_M_construct(const char*, const char*,
                                                     std::forward_iterator_tag);
STRINGS_ONCE template void std::string::_M_construct(char*, char*, std::forward_iterator_tag);
STRINGS_ONCE template std::string::basic_string(const char*, const std::allocator<char>&);
STRINGS_ONCE template std::string::basic_string(const std::string_view&,
                                                const std::allocator<char>&);
STRINGS_ONCE template std::string std::operator+(const char*, const std::string&);
STRINGS_ONCE template std::string std::operator+(const std::string&, const char*);
STRINGS_ONCE template std::string std::operator+(const std::string&, const std::string&);
STRINGS_ONCE template std::string std::operator+(std::string&&, const char*);
STRINGS_ONCE template std::string std::operator+(std::string&&, const std::string&);
STRINGS_ONCE template std::string std::operator+(std::string&&, std::string&&);
STRINGS_ONCE template void std::__detail::__to_chars_10_impl(char*, unsigned, unsigned);
STRINGS_ONCE template void std::__detail::__to_chars_10_impl(char*, unsigned, unsigned long);

#undef STRINGS_ONCE
