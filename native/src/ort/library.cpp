#include "ort/library.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace autoprune {

#ifdef _WIN32

void* library_symbol(const std::string& path, const char* symbol, std::string* failure) {
    const int length = MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, nullptr, 0);
    std::wstring wide(static_cast<size_t>(length > 0 ? length : 1), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, wide.data(), length);
    const HMODULE library = LoadLibraryExW(wide.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    void* const found = library == nullptr ? nullptr : reinterpret_cast<void*>(GetProcAddress(library, symbol));
    if (found == nullptr) { *failure = "error " + std::to_string(GetLastError()) + " of Windows"; }
    return found;
}

#else

void* library_symbol(const std::string& path, const char* symbol, std::string* failure) {
    // Local, so that its symbols stand in nobody's way; never closed, because its threads may run until the end.
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const found = library == nullptr ? nullptr : dlsym(library, symbol);
    if (found == nullptr) {
        const char* const reason = dlerror();
        *failure = reason == nullptr ? "unknown reason" : reason;
    }
    return found;
}

#endif

}  // namespace autoprune
