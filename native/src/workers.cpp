#include "workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

namespace autoprune {
namespace {

constexpr size_t kMostThreads = 64;
// Looks at an atomic before the processor is given to another thread: some microseconds.
constexpr int kSpins = 4000;

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Those that this process may use.
size_t processors() {
#if defined(__linux__)
    cpu_set_t allowed;
    const long online = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
#else
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    if (online < 1) { return 1; }
    return static_cast<size_t>(online) < kMostThreads ? static_cast<size_t>(online) : kMostThreads;
}

class Workers {
public:
    Workers() {
        const size_t wanted = processors() - 1;
        // Signals are for the threads of Node.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        pthread_t thread;
        while (count_ < wanted) {
            seats_[count_] = {this, count_ + 1};
            if (pthread_create(&thread, nullptr, serve, &seats_[count_]) != 0) { break; }
            pthread_detach(thread);
            count_++;
        }
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    size_t count() const { return count_; }

    void run(size_t members, TeamWork work, void* context, bool everybody) {
        const size_t size = members == 0 || members > count_ + 1 ? count_ + 1 : members;
        std::unique_lock<std::mutex> turn(busy_, std::defer_lock);
        if (size == 1 || !turn.try_lock()) {
            Team alone(1);
            work(context, alone, 0);
            return;
        }
        Team team(size);
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            team_ = &team;
            work_ = work;
            context_ = context;
            at_work_ = size - 1;
            absent_ = size - 1;
            calls_++;
        }
        called_.notify_all();
        work(context, team, 0);
        if (!everybody) {
            const std::lock_guard<std::mutex> lock(mutex_);
            at_work_ -= absent_;
            absent_ = 0;
        }
        // The others are about to end: the last meeting was a moment ago.
        for (int spin = 0; at_work_ != 0 && spin < kSpins; spin++) { pause(); }
        std::unique_lock<std::mutex> lock(mutex_);
        ended_.wait(lock, [this] { return at_work_ == 0; });
    }

private:
    struct Seat {
        Workers* workers;
        size_t member;
    };

    static void* serve(void* argument) {
        const Seat* const seat = static_cast<const Seat*>(argument);
        seat->workers->serve_as(seat->member);
        return nullptr;
    }

    [[noreturn]] void serve_as(size_t member) {
        size_t answered = 0;
        std::unique_lock<std::mutex> lock(mutex_);
        while (true) {
            called_.wait(lock, [&] { return calls_ != answered; });
            answered = calls_;
            // A call that needs fewer goes on without the rest, and may be over by now.
            if (absent_ == 0 || member >= team_->size()) { continue; }
            absent_--;
            Team* const team = team_;
            const TeamWork work = work_;
            void* const context = context_;
            lock.unlock();
            work(context, *team, member);
            lock.lock();
            if (--at_work_ == 0) { ended_.notify_one(); }
        }
    }

    Seat seats_[kMostThreads];
    size_t count_ = 0;
    std::mutex busy_;
    std::mutex mutex_;
    std::condition_variable called_;
    std::condition_variable ended_;
    size_t calls_ = 0;
    std::atomic<size_t> at_work_{0};
    size_t absent_ = 0;
    Team* team_ = nullptr;
    TeamWork work_ = nullptr;
    void* context_ = nullptr;
};

// Never freed: its threads wait in it until the process ends.
Workers& workers() {
    static Workers* const all = new Workers();
    return *all;
}

}  // namespace

void Team::meet() {
    if (size_ == 1) { return; }
    const size_t meeting = meetings_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
        arrived_.store(0, std::memory_order_relaxed);
        meetings_.store(meeting + 1, std::memory_order_release);
        return;
    }
    for (int spin = 0; meetings_.load(std::memory_order_acquire) == meeting; spin++) {
        if (spin < kSpins) {
            pause();
        } else {
            sched_yield();
        }
    }
}

size_t most_members() { return workers().count() + 1; }

void run_team(size_t members, TeamWork work, void* context) { workers().run(members, work, context, true); }

void run_with_helpers(size_t members, TeamWork work, void* context) { workers().run(members, work, context, false); }

}  // namespace autoprune
