#pragma once
#include "queue.h"

namespace autoprune::cuda {

// A queue with memory of its own.
class Machine : public Queue {
public:
    // Null where there is not enough.
    virtual void* allocate(size_t bytes) = 0;
    virtual void release(void* data) = 0;
    virtual bool upload(void* target, const void* source, size_t bytes) = 0;
    // Waits for everything before it.
    virtual bool download(void* target, const void* source, size_t bytes) = 0;
};

}  // namespace autoprune::cuda
