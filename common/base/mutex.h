// A mutex that clang's -Wthread-safety understands; libstdc++'s own carries no attributes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define PP_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define PP_THREAD_ATTRIBUTE(x)
#endif

#define GUARDED_BY(x) PP_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES(...) PP_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) PP_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace pagepress {

class PP_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
public:
    void lock() PP_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }

    void unlock() PP_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

private:
    friend class CondVar;
    std::mutex mutex_;
};

class PP_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) PP_THREAD_ATTRIBUTE(acquire_capability(mutex))
        : mutex_(mutex) {
        mutex_.lock();
    }

    ~MutexLock() PP_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

/// Condition variable for Mutex. Wake-ups may be spurious: callers loop on their predicate.
class CondVar {
public:
    void wait(Mutex& mutex) REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        condition_.wait(lock);
        lock.release();
    }

    void wait_until(Mutex& mutex, std::chrono::steady_clock::time_point deadline) REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        condition_.wait_until(lock, deadline);
        lock.release();
    }

    void notify_one() { condition_.notify_one(); }

    void notify_all() { condition_.notify_all(); }

private:
    std::condition_variable condition_;
};

}  // namespace pagepress
