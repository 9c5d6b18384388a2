#pragma once

namespace doors::xfr {

/// The life of a worker: a process that exists for one job, because it reads what a primary sends. It takes
/// the job from the socket that is descriptor 3, connects, asks, and gives up everything it does not need:
/// privileges, opening files and sockets, starting processes, memory and CPU time beyond the job's bounds.
/// Only then does it read. What it found goes back there, a zone into the file that came with the job. Gives
/// the exit code.
int run_worker();

}  // namespace doors::xfr
