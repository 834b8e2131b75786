#include "decode/file_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace autoprune {
namespace {

constexpr size_t kLargePage = size_t{2} << 20;
// More than this a call reads nowhere.
constexpr size_t kMostAtOnce = size_t{1} << 30;

size_t whole_pages(size_t bytes) { return (bytes + kLargePage - 1) / kLargePage * kLargePage; }

std::nullptr_t failed(const std::string& path, Failure* failure) {
    *failure = path + " cannot be read into memory: " + std::strerror(errno);
    return nullptr;
}

}  // namespace

std::shared_ptr<const FileMemory> FileMemory::read(const std::string& path, Failure* failure) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0) { return failed(path, failure); }
    std::shared_ptr<FileMemory> memory;
    if (fstat(file, &about) == 0) { memory.reset(new FileMemory(path, static_cast<size_t>(about.st_size))); }
    if (!memory || memory->bytes_ == nullptr) {
        failed(path, failure);
    } else {
        memory->fill(file, failure);
    }
    close(file);
    return failure->empty() ? memory : nullptr;
}

FileMemory::FileMemory(const std::string& path, size_t length) : path_(path), length_(length) {
    // Room to begin at a large page.
    mapped_ = whole_pages(length) + kLargePage;
    mapping_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping_ == MAP_FAILED) { return; }
    bytes_ = reinterpret_cast<uint8_t*>(whole_pages(reinterpret_cast<uintptr_t>(mapping_)));
#if defined(MADV_HUGEPAGE)
    // Where the system has none, pages of the usual size do.
    madvise(bytes_, whole_pages(length), MADV_HUGEPAGE);
#endif
}

FileMemory::~FileMemory() {
    if (bytes_ != nullptr) { munmap(mapping_, mapped_); }
}

bool FileMemory::fill(int file, Failure* failure) {
    for (size_t done = 0; done < length_;) {
        const ssize_t count = pread(file, bytes_ + done, std::min(length_ - done, kMostAtOnce), static_cast<off_t>(done));
        if (count < 0 && errno == EINTR) { continue; }
        if (count <= 0) {
            // An end before the end: someone is writing to it.
            if (count == 0) { errno = EIO; }
            failed(path_, failure);
            return false;
        }
        done += static_cast<size_t>(count);
    }
    return true;
}

const void* FileMemory::bytes_at(uint64_t offset, size_t count, size_t size, Failure* failure) const {
    if (offset % size != 0 || offset > length_ || count > (length_ - offset) / size) {
        *failure = path_ + " holds " + std::to_string(length_) + " bytes, and not " + std::to_string(count) + " values of " +
                   std::to_string(size) + " bytes at byte " + std::to_string(offset);
        return nullptr;
    }
    return bytes_ + offset;
}

}  // namespace autoprune
