#include "driver.h"

#include <dlfcn.h>

#include <fstream>
#include <iterator>

namespace autoprune::cuda {

using Address = std::uintptr_t;  // CUdeviceptr
static_assert(sizeof(Address) == 8);

// Of the driver's interface what is used here, as its header declares it; every function returns a CUresult, 0 for success.
struct DriverFunctions {
    void* library = nullptr;
    int (*init)(unsigned flags);
    int (*error_string)(int result, const char** text);
    int (*device_count)(int* count);
    int (*device)(int* device, int ordinal);
    int (*device_name)(char* name, int length, int device);
    int (*retain_context)(void** context, int device);
    int (*release_context)(int device);
    int (*set_context)(void* context);
    int (*load_module)(void** module, const void* image);
    int (*unload_module)(void* module);
    int (*function)(void** function, void* module, const char* name);
    int (*launch)(void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                  unsigned blockZ, unsigned shared, void* stream, void** arguments, void** extra);
    int (*allocate)(Address* data, size_t bytes);
    int (*release)(Address data);
    int (*upload)(Address target, const void* source, size_t bytes, void* stream);
    int (*download)(void* target, Address source, size_t bytes, void* stream);
    int (*copy)(Address target, Address source, size_t bytes, void* stream);
    int (*fill)(Address target, unsigned char byte, size_t bytes, void* stream);
    int (*synchronise)(void* stream);
    int (*create_event)(void** event, unsigned flags);
    int (*destroy_event)(void* event);
    int (*record)(void* event, void* stream);
    int (*synchronise_event)(void* event);
    int (*elapsed)(float* milliseconds, void* first, void* second);

    ~DriverFunctions() {
        if (library != nullptr) { dlclose(library); }
    }

    bool load() {
        library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) { return false; }
        bool found = true;
        const auto find = [this, &found](auto& target, const char* name) {
            target = reinterpret_cast<std::decay_t<decltype(target)>>(dlsym(library, name));
            found = found && target != nullptr;
        };
        find(init, "cuInit");
        find(error_string, "cuGetErrorString");
        find(device_count, "cuDeviceGetCount");
        find(device, "cuDeviceGet");
        find(device_name, "cuDeviceGetName");
        find(retain_context, "cuDevicePrimaryCtxRetain");
        find(release_context, "cuDevicePrimaryCtxRelease_v2");
        find(set_context, "cuCtxSetCurrent");
        find(load_module, "cuModuleLoadData");
        find(unload_module, "cuModuleUnload");
        find(function, "cuModuleGetFunction");
        find(launch, "cuLaunchKernel");
        find(allocate, "cuMemAlloc_v2");
        find(release, "cuMemFree_v2");
        find(upload, "cuMemcpyHtoDAsync_v2");
        find(download, "cuMemcpyDtoHAsync_v2");
        find(copy, "cuMemcpyDtoDAsync_v2");
        find(fill, "cuMemsetD8Async");
        find(synchronise, "cuStreamSynchronize");
        find(create_event, "cuEventCreate");
        find(destroy_event, "cuEventDestroy_v2");
        find(record, "cuEventRecord");
        find(synchronise_event, "cuEventSynchronize");
        find(elapsed, "cuEventElapsedTime");
        return found;
    }
};

namespace {

Address address_of(const void* data) { return reinterpret_cast<Address>(data); }

}  // namespace

std::unique_ptr<Device> Device::open(const std::string& fatbin, std::string& why) {
    std::unique_ptr<Device> device(new Device);
    if (device->start(fatbin)) { return device; }
    why = device->error();
    return nullptr;
}

bool Device::start(const std::string& fatbin) {
    driver_ = std::make_unique<DriverFunctions>();
    if (!driver_->load()) {
        error_ = driver_->library ? "the CUDA driver is too old for these kernels" : "no CUDA driver (libcuda.so.1) here";
        return false;
    }
    int count = 0;
    if (!check(driver_->init(0), "cuInit") || !check(driver_->device_count(&count), "cuDeviceGetCount")) { return false; }
    if (count == 0) {
        error_ = "the CUDA driver knows no device";
        return false;
    }
    char name[128] = {};
    void* context = nullptr;
    if (!check(driver_->device(&device_, 0), "cuDeviceGet") ||
        !check(driver_->device_name(name, sizeof name, device_), "cuDeviceGetName") ||
        !check(driver_->retain_context(&context, device_), "cuDevicePrimaryCtxRetain")) {
        return false;
    }
    retained_ = true;
    name_ = name;
    std::ifstream file(fatbin, std::ios::binary);
    const std::string image((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (image.empty()) {
        error_ = fatbin + " cannot be read; npm run build:cuda makes it";
        return false;
    }
    return check(driver_->set_context(context), "cuCtxSetCurrent") &&
           check(driver_->load_module(&module_, image.data()), "cuModuleLoadData") &&
           check(driver_->create_event(&events_[0], 0), "cuEventCreate") &&
           check(driver_->create_event(&events_[1], 0), "cuEventCreate");
}

Device::~Device() {
    for (void* const event : events_) {
        if (event != nullptr) { driver_->destroy_event(event); }
    }
    if (module_ != nullptr) { driver_->unload_module(module_); }
    if (retained_) { driver_->release_context(device_); }
}

bool Device::check(int result, const char* what) {
    if (result == 0) { return true; }
    const char* text = nullptr;
    driver_->error_string(result, &text);
    error_ = std::string(what) + ": " + (text != nullptr ? text : "unknown error") + " (" + std::to_string(result) + ")";
    return false;
}

void* Device::function_of(const char* name) {
    void*& function = functions_[name];
    if (function == nullptr && !check(driver_->function(&function, module_, name), name)) { return nullptr; }
    return function;
}

bool Device::run(const Launch& launch) {
    void* const function = function_of(launch.name);
    const Dimensions& grid = launch.grid;
    return function != nullptr &&
           check(driver_->launch(function, grid.x, grid.y, grid.z, launch.threads, 1, 1, static_cast<unsigned>(launch.shared),
                                 stream_, launch.arguments, nullptr),
                 launch.name);
}

bool Device::fill(void* target, unsigned char byte, size_t bytes) {
    return bytes == 0 || check(driver_->fill(address_of(target), byte, bytes, stream_), "cuMemsetD8Async");
}

void* Device::allocate(size_t bytes) {
    Address data = 0;
    if (!check(driver_->allocate(&data, bytes == 0 ? 1 : bytes), "cuMemAlloc")) { return nullptr; }
    return reinterpret_cast<void*>(data);
}

void Device::release(void* data) { driver_->release(address_of(data)); }

bool Device::upload(void* target, const void* source, size_t bytes) {
    return bytes == 0 || check(driver_->upload(address_of(target), source, bytes, stream_), "cuMemcpyHtoDAsync");
}

bool Device::download(void* target, const void* source, size_t bytes) {
    return (bytes == 0 || check(driver_->download(target, address_of(source), bytes, stream_), "cuMemcpyDtoHAsync")) &&
           synchronise();
}

bool Device::copy(void* target, const void* source, size_t bytes) {
    return check(driver_->copy(address_of(target), address_of(source), bytes, stream_), "cuMemcpyDtoDAsync");
}

bool Device::synchronise() { return check(driver_->synchronise(stream_), "cuStreamSynchronize"); }

bool Device::mark(int event) { return check(driver_->record(events_[event], stream_), "cuEventRecord"); }

float Device::elapsed() {
    float milliseconds = 0;
    const bool timed = check(driver_->synchronise_event(events_[1]), "cuEventSynchronize") &&
                       check(driver_->elapsed(&milliseconds, events_[0], events_[1]), "cuEventElapsedTime");
    return timed ? milliseconds : -1;
}

}  // namespace autoprune::cuda
