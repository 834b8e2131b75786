#pragma once
#include <string>

namespace autoprune {

// Opens the shared library at `path` (UTF-8) for the life of the process and finds a symbol in it. Null with the system's
// words in `failure` where it cannot.
void* library_symbol(const std::string& path, const char* symbol, std::string* failure);

}  // namespace autoprune
