#include "emulator.h"

#include <setjmp.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

Dimensions threadIdx, blockIdx, blockDim, gridDim;

namespace autoprune::cuda {
namespace {

constexpr size_t kStackBytes = 64 * 1024;
constexpr unsigned kLanes = 32;
constexpr size_t kSlotBytes = 16;

enum class State { kReady, kAtWarpBarrier, kAtBlockBarrier, kEnded };

struct Fiber {
    std::vector<char> stack = std::vector<char>(kStackBytes);
    State state = State::kEnded;
    bool started = false;
    jmp_buf place;
    alignas(kSlotBytes) unsigned char slot[kSlotBytes];
};

constexpr unsigned kMaxThreads = 256;

std::vector<Fiber>& fibers() {
    static std::vector<Fiber> all(kMaxThreads);
    return all;
}

jmp_buf scheduler;
unsigned current = 0;
void (*running)(void** arguments) = nullptr;
void** running_arguments = nullptr;
std::vector<unsigned char> shared_memory;
Turns turns = Turns::kForwards;

// Leaves the fiber until its next turn. Contexts are for its first alone: each switch of those asks the kernel for the
// signal mask, which jumps do not.
void wait(State state) {
    Fiber& fiber = fibers()[current];
    fiber.state = state;
    if (_setjmp(fiber.place) == 0) { _longjmp(scheduler, 1); }
}

// A fiber lives as long as the process and runs one thread of every block.
void run_fiber() {
    for (;;) {
        running(running_arguments);
        wait(State::kEnded);
    }
}

void take_turn(Fiber& fiber) {
    if (_setjmp(scheduler) != 0) { return; }
    if (fiber.started) { _longjmp(fiber.place, 1); }
    fiber.started = true;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber.stack.data();
    context.uc_stack.ss_size = fiber.stack.size();
    context.uc_link = nullptr;
    makecontext(&context, run_fiber, 0);
    setcontext(&context);
}

std::vector<unsigned> order_of(unsigned count) {
    static std::mt19937 random(1);
    std::vector<unsigned> order(count);
    std::iota(order.begin(), order.end(), 0u);
    if (turns == Turns::kBackwards) { std::reverse(order.begin(), order.end()); }
    if (turns == Turns::kShuffled) { std::shuffle(order.begin(), order.end(), random); }
    return order;
}

// Lets fibers [from, to) pass the barrier where all of them wait. True where it did.
bool release(unsigned from, unsigned to, State barrier) {
    for (unsigned i = from; i < to; i++) {
        if (fibers()[i].state != barrier) { return false; }
    }
    for (unsigned i = from; i < to; i++) { fibers()[i].state = State::kReady; }
    return true;
}

bool release_barriers(unsigned threads) {
    bool released = release(0, threads, State::kAtBlockBarrier);
    for (unsigned first = 0; first < threads; first += kLanes) {
        released |= release(first, std::min(first + kLanes, threads), State::kAtWarpBarrier);
    }
    return released;
}

void run_block(unsigned threads) {
    for (unsigned i = 0; i < threads; i++) { fibers()[i].state = State::kReady; }
    const std::vector<unsigned> order = order_of(threads);
    do {
        for (const unsigned i : order) {
            if (fibers()[i].state != State::kReady) { continue; }
            current = i;
            threadIdx.x = i;
            take_turn(fibers()[i]);
        }
    } while (release_barriers(threads));
    for (unsigned i = 0; i < threads; i++) {
        if (fibers()[i].state == State::kEnded) { continue; }
        std::fprintf(stderr, "thread %u of block (%u, %u, %u) waits for threads that do not come\n", i, blockIdx.x,
                     blockIdx.y, blockIdx.z);
        std::abort();
    }
}

}  // namespace

unsigned char* dynamic_shared() { return shared_memory.data(); }

int lane_of_thread() { return static_cast<int>(current % kLanes); }

void give(const void* value, size_t bytes) {
    std::memcpy(fibers()[current].slot, value, bytes);
    wait(State::kAtWarpBarrier);
}

const void* given_by(int lane) { return fibers()[current / kLanes * kLanes + static_cast<unsigned>(lane)].slot; }

void end_exchange() { wait(State::kAtWarpBarrier); }

void set_turns(Turns next) { turns = next; }

void emulate(void (*kernel)(void** arguments), void** arguments, Dimensions grid, unsigned threads, size_t shared) {
    running = kernel;
    running_arguments = arguments;
    gridDim = grid;
    blockDim = {threads, 1, 1};
    const unsigned blocks = grid.x * grid.y * grid.z;
    for (const unsigned block : order_of(blocks)) {
        blockIdx = {block % grid.x, block / grid.x % grid.y, block / grid.x / grid.y};
        // Whatever another block left there must not matter.
        shared_memory.assign(shared + 16, 0xff);
        run_block(threads);
    }
}

}  // namespace autoprune::cuda

void __syncthreads() { autoprune::cuda::wait(autoprune::cuda::State::kAtBlockBarrier); }

unsigned __ballot_sync(unsigned, bool vote) {
    autoprune::cuda::give(&vote, sizeof vote);
    unsigned bits = 0;
    for (int lane = 0; lane < 32; lane++) { bits |= *static_cast<const bool*>(autoprune::cuda::given_by(lane)) ? 1u << lane : 0u; }
    autoprune::cuda::end_exchange();
    return bits;
}
