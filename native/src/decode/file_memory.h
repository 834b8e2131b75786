#pragma once
// A file's bytes in memory of large pages: reading gigabytes of weights for every token spends a fifth of its time on
// looking up pages of the usual size, which is what a mapped file has.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ort/runtime.h"

namespace autoprune {

class FileMemory {
public:
    // Null with a failure.
    static std::shared_ptr<const FileMemory> read(const std::string& path, Failure* failure);
    ~FileMemory();
    FileMemory(const FileMemory&) = delete;
    FileMemory& operator=(const FileMemory&) = delete;

    // `count` elements of T at byte `offset`; null with a failure where they lie outside of the file or across its elements.
    template <class T>
    const T* at(uint64_t offset, size_t count, Failure* failure) const {
        return static_cast<const T*>(bytes_at(offset, count, sizeof(T), failure));
    }

private:
    FileMemory(const std::string& path, size_t length);
    bool fill(int file, Failure* failure);
    const void* bytes_at(uint64_t offset, size_t count, size_t size, Failure* failure) const;

    const std::string path_;
    const size_t length_;
    void* mapping_ = nullptr;
    size_t mapped_ = 0;
    uint8_t* bytes_ = nullptr;
};

}  // namespace autoprune
