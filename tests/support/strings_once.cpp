#include "strings_once.hpp"

template class std::basic_string<char>;
template class std::vector<std::string>;
template class std::map<std::string, std::string>;
