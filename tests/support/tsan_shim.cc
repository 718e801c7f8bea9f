// C11 threads on top of pthreads, for ThreadSanitizer: it intercepts pthread_create, but not
// thrd_create, through which librdkafka starts its threads, and a thread that it does not know
// makes it crash (librdkafka #4929, google/sanitizers #1195). Linked into TSan builds only, where
// these definitions take the place of libc's.
#include <cerrno>
#include <cstdint>
#include <memory>

#include <pthread.h>
#include <threads.h>

namespace {

struct Start {
    thrd_start_t run;
    void* argument;
};

void* run_thread(void* raw) {
    const std::unique_ptr<Start> start(static_cast<Start*>(raw));
    const int result = start->run(start->argument);
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(result));
}

int thrd_code(int error) {
    switch (error) {
        case 0:
            return thrd_success;
        case EBUSY:
            return thrd_busy;
        case ETIMEDOUT:
            return thrd_timedout;
        case ENOMEM:
        case EAGAIN:
            return thrd_nomem;
        default:
            return thrd_error;
    }
}

pthread_mutex_t* pthread_of(mtx_t* mutex) {
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* pthread_of(cnd_t* condition) {
    return reinterpret_cast<pthread_cond_t*>(condition);
}

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "glibc's mtx_t is a pthread_mutex_t");
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "glibc's cnd_t is a pthread_cond_t");

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
    auto start = std::make_unique<Start>(Start{run, argument});
    const int error = pthread_create(thread, nullptr, run_thread, start.get());
    if (error == 0) static_cast<void>(start.release());
    return thrd_code(error);
}

int thrd_join(thrd_t thread, int* result) {
    void* value = nullptr;
    const int error = pthread_join(thread, &value);
    if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
    return thrd_code(error);
}

int thrd_detach(thrd_t thread) {
    return thrd_code(pthread_detach(thread));
}

thrd_t thrd_current() {
    return pthread_self();
}

void thrd_exit(int result) {
    pthread_exit(reinterpret_cast<void*>(static_cast<std::intptr_t>(result)));
}

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    const bool is_recursive = (type & mtx_recursive) != 0;
    pthread_mutexattr_settype(
        &attributes, is_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL
    );
    const int error = pthread_mutex_init(pthread_of(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return thrd_code(error);
}

void mtx_destroy(mtx_t* mutex) {
    pthread_mutex_destroy(pthread_of(mutex));
}

int mtx_lock(mtx_t* mutex) {
    return thrd_code(pthread_mutex_lock(pthread_of(mutex)));
}

int mtx_trylock(mtx_t* mutex) {
    return thrd_code(pthread_mutex_trylock(pthread_of(mutex)));
}

int mtx_timedlock(mtx_t* mutex, const struct timespec* until) {
    return thrd_code(pthread_mutex_timedlock(pthread_of(mutex), until));
}

int mtx_unlock(mtx_t* mutex) {
    return thrd_code(pthread_mutex_unlock(pthread_of(mutex)));
}

int cnd_init(cnd_t* condition) {
    return thrd_code(pthread_cond_init(pthread_of(condition), nullptr));
}

void cnd_destroy(cnd_t* condition) {
    pthread_cond_destroy(pthread_of(condition));
}

int cnd_signal(cnd_t* condition) {
    return thrd_code(pthread_cond_signal(pthread_of(condition)));
}

int cnd_broadcast(cnd_t* condition) {
    return thrd_code(pthread_cond_broadcast(pthread_of(condition)));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return thrd_code(pthread_cond_wait(pthread_of(condition), pthread_of(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const struct timespec* until) {
    return thrd_code(pthread_cond_timedwait(pthread_of(condition), pthread_of(mutex), until));
}

}  // extern "C"
