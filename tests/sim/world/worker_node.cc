#include "tests/sim/world/worker_node.h"

#include <utility>

namespace pagepress::sim {

struct WorkerNode::Own {
    Own(WorkerNode& node)
        : clients(node.ports_.engine, node.ports_.site, node.ports_.oracle),
          presser(
              {
                  .catalog = node.ports_.catalog,
                  .memory = node.memory_,
                  .batches = node.memory_,
                  .jobs = node.jobs_,
                  .aliases = node.aliases_,
                  .leases = node.leases_,
                  .put_turns = node.put_turns_,
                  .gates = node.gates_,
                  .templates = node.ports_.templates,
                  .clients = clients,
                  .clock = node.ports_.engine,
                  .random = node.ports_.engine.random,
                  .metrics = node.ports_.metrics,
              },
              node.limits_.press
          ) {}

    Clients clients;
    Presser presser;
};

WorkerNode::WorkerNode(const WorkerPorts& ports, WorkerLimits limits, const std::string& name)
    : ports_(ports),
      limits_(std::move(limits)),
      process_(ports.engine.make_process(name)),
      memory_(ports.engine, ports.memory_link, ports.memory, ports.oracle),
      gates_(
          {.clock = ports.engine,
           .random = ports.engine.random,
           .metrics = ports.metrics,
           .catalog = ports.catalog,
           .shared = &memory_},
          limits_.gates
      ),
      sink_(*this),
      outbox_(sink_, ports.engine),
      tiers_({.brokers = {}, .topic_prefix = {}}, limits_.delay),
      letters_(
          outbox_,
          "dead",
          ports.engine,
          [this](const RecordPosition& position, const JobStatus* status) {
              if (status != nullptr) memory_.record(*status);
              loop_->finish(position);
          }
      ),
      copies_(outbox_, tiers_, ports.engine, ports.metrics, [this](const RecordPosition& position) {
          loop_->finish(position);
      }) {
    executors_ = std::make_unique<FiberExecutors>(
        ports_.engine, process_, ports_.oracle, gates_, make_executors()
    );
    loop_ = std::make_unique<PollLoop>(
        *executors_, aliases_, ports_.engine, ports_.metrics, limits_.poll
    );
    consumer_ = std::make_unique<Consumer>(ports_.engine, ports_.broker, process_, *loop_);
    ports_.engine.spawn(process_, [this] { poll(); });
}

WorkerNode::~WorkerNode() {
    ports_.engine.kill(process_);
}

std::vector<FiberExecutors::Executor> WorkerNode::make_executors() {
    std::vector<FiberExecutors::Executor> executors;
    for (int i = 0; i < limits_.concurrency; ++i) {
        auto own = std::make_shared<Own>(*this);
        executors.emplace_back([own](Press press) { return own->presser.execute(std::move(press)); }
        );
    }
    return executors;
}

/// Delivery reports wait for the poll loop's turn, as in the producer's queue.
Result<void> WorkerNode::ExitSink::append(const Record& record, std::uint64_t ticket) {
    if (node_.ports_.engine.is_unwinding()) return fail(ErrorCode::kUnavailable, "dead");
    node_.ports_.broker.produce(
        record,
        [&node = node_, &process = node_.process_, ticket](Persistence persistence) {
            if (process.is_dead) return;  // and the node with it
            node.deliveries_.push_back({.ticket = ticket, .persistence = persistence, .reason = {}}
            );
        }
    );
    return {};
}

void WorkerNode::serve() {
    for (const Delivery& delivery : std::exchange(deliveries_, {})) outbox_.on_delivery(delivery);
    memory_.send_again();
}

void WorkerNode::poll() {
    loop_->run(*consumer_, exits(), [this] { serve(); });
    drain();
    consumer_->close(Millis(1000));
    has_ended_ = true;
    ports_.engine.trace(process_.name, "has stopped");
}

/// As Service::drain.
void WorkerNode::drain() {
    executors_->stop_taking();
    (void)executors_->wait_idle(ports_.engine.now() + limits_.drain_max);
    loop_->store_finished(*consumer_, exits());
    const Millis flush_until = ports_.engine.now() + Millis(200);
    while (outbox_.open_count() > 0 && ports_.engine.now() < flush_until) {
        ports_.engine.sleep(Millis(10));
        serve();
    }
    loop_->store_finished(*consumer_, exits());
}

}  // namespace pagepress::sim
