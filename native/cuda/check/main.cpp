// Checks the CUDA kernels against the CPU kernels, and times them:
//
//   cuda-check FATBIN            on the first device; where there is none, says why and exits with 0
//   cuda-check --emulate         on the processor, in three orders of the threads
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../driver.h"
#include "bench.h"
#include "cases.h"

namespace autoprune::cuda {
namespace {

class Emulator : public Machine {
public:
    bool run(const Launch& launch) override {
        emulate(launch.emulated, launch.arguments, launch.grid, launch.threads, launch.shared);
        return true;
    }
    bool fill(void* target, unsigned char byte, size_t bytes) override {
        std::memset(target, byte, bytes);
        return true;
    }
    void* allocate(size_t bytes) override { return std::malloc(bytes == 0 ? 1 : bytes); }
    void release(void* data) override { std::free(data); }
    bool upload(void* target, const void* source, size_t bytes) override { return copy(target, source, bytes); }
    bool download(void* target, const void* source, size_t bytes) override { return copy(target, source, bytes); }

private:
    static bool copy(void* target, const void* source, size_t bytes) {
        if (bytes > 0) { std::memcpy(target, source, bytes); }
        return true;
    }
};

int check_all(Machine& machine, int trials) {
    int checked = 0;
    for (const auto* const cases : {&selection_cases(), &attention_cases(), &comparison_cases()}) {
        for (const Case& one : *cases) {
            for (int trial = 0; trial < trials; trial++) {
                Random random(static_cast<unsigned>(trial + 1));
                std::fflush(stdout);
                one.check(machine, random, trial % 2 == 1);
            }
            std::printf("  %s: equal in %d trials\n", one.name, trials);
            checked++;
        }
    }
    return checked;
}

int check_emulated() {
    Emulator emulator;
    int checked = 0;
    for (const auto& [turns, name] : {std::pair{Turns::kForwards, "forwards"}, {Turns::kBackwards, "backwards"}, {Turns::kShuffled, "shuffled"}}) {
        std::printf("emulated on the processor, threads %s\n", name);
        set_turns(turns);
        checked += check_all(emulator, 12);
    }
    std::printf("%d checks passed\n", checked);
    return 0;
}

int check_device(const char* fatbin) {
    std::string why;
    const std::unique_ptr<Device> device = Device::open(fatbin, why);
    if (device == nullptr) {
        std::printf("SKIPPED: the kernels were not run on a device: %s\n", why.c_str());
        return 0;
    }
    std::printf("on %s\n", device->name().c_str());
    const int checked = check_all(*device, 60);
    if (!device->error().empty()) {
        std::fprintf(stderr, "FAILED: %s\n", device->error().c_str());
        return 1;
    }
    std::printf("%d checks passed\n", checked);
    return bench(*device) ? 0 : 1;
}

}  // namespace
}  // namespace autoprune::cuda

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "Expected --emulate or the path of a fatbin\n");
        return 2;
    }
    return std::strcmp(arguments[1], "--emulate") == 0 ? autoprune::cuda::check_emulated() : autoprune::cuda::check_device(arguments[1]);
}
