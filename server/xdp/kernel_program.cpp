#include "server/xdp/kernel_program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <netinet/in.h>

#include "server/xdp/program.h"
#include "zones/base/file.h"
#include "zones/base/log.h"
#include "zones/base/octets.h"

// The compiled program.bpf.c, as it is.
__asm__(
    ".pushsection .rodata\n"
    ".balign 16\n"
    "doors_xdp_object:\n"
    ".incbin \"" DOORS_XDP_OBJECT
    "\"\n"
    "doors_xdp_object_end:\n"
    ".popsection\n");
extern "C" const std::byte doors_xdp_object[];      // NOLINT(modernize-avoid-c-arrays): the assembler's
extern "C" const std::byte doors_xdp_object_end[];  // NOLINT(modernize-avoid-c-arrays)

namespace doors {

namespace {

struct ObjectCloser {
  void operator()(bpf_object* object) const noexcept { bpf_object__close(object); }
};

/// libbpf's own words go to the log, where they help with a program that the kernel does not take.
int log_libbpf(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  std::array<char, 1024> text{};
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  const std::string_view all(
      text.data(),
      std::clamp<std::size_t>(length < 0 ? 0 : static_cast<std::size_t>(length), 0, text.size() - 1));
  log::debug("libbpf", {{"text", all.substr(0, all.find_last_not_of('\n') + 1)}});
  return 0;
}

std::string remedy_for(int problem) {
  switch (problem) {
    case EPERM:
    case EACCES:
      return " (AF_XDP needs the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW)";
    case EBUSY:
    case EEXIST:
      return " (another XDP program is there: end what put it there, or `ip link set dev INTERFACE xdp off`)";
    case EOPNOTSUPP:
      return " (its driver has no XDP: set [xdp] mode = \"generic\" or leave the interface out)";
    case ERANGE:
    case EINVAL:
      return " (its settings do not allow XDP: a smaller MTU, LRO off, or mode = \"generic\")";
    default:
      return "";
  }
}

Unexpected<Error> program_failure(const std::string& what, int problem) {
  return failure(what + ": " + std::strerror(problem) + remedy_for(problem));
}

xdp_address key_of(const Endpoint& endpoint) noexcept {
  xdp_address key{};
  std::memcpy(key.address, endpoint.address.data(), endpoint.v6 ? 16 : 4);
  key.port = htons(endpoint.port);
  key.ether_type = htons(endpoint.v6 ? ETH_P_IPV6 : ETH_P_IP);
  return key;
}

}  // namespace

class XdpProgram::Impl {
 public:
  std::unique_ptr<bpf_object, ObjectCloser> object;
  int program = -1;    // of the object
  int sockets = -1;    // of the object
  int addresses = -1;  // of the object
  UniqueFd link;       // closing it takes the program off; so does the end of the process
  bool native = false;
  std::vector<Endpoint> taken;
};

XdpProgram::XdpProgram(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
XdpProgram::~XdpProgram() = default;

Result<std::unique_ptr<XdpProgram>> XdpProgram::attach(unsigned interface_index, const std::string& name,
                                                       XdpSettings::Mode mode) {
  libbpf_set_print(log_libbpf);
  auto impl = std::make_unique<Impl>();
  impl->object.reset(bpf_object__open_mem(
      doors_xdp_object, static_cast<std::size_t>(doors_xdp_object_end - doors_xdp_object), nullptr));
  if (impl->object == nullptr) return program_failure("cannot read the XDP program", errno);
  if (const int result = bpf_object__load(impl->object.get()); result != 0) {
    return program_failure("cannot load the XDP program", -result);
  }
  impl->program = bpf_program__fd(bpf_object__find_program_by_name(impl->object.get(), "doors_xdp"));
  impl->sockets = bpf_object__find_map_fd_by_name(impl->object.get(), "sockets");
  impl->addresses = bpf_object__find_map_fd_by_name(impl->object.get(), "addresses");

  const auto link_with = [&](unsigned flags) {
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.flags = flags;
    const int fd = bpf_link_create(impl->program, static_cast<int>(interface_index), BPF_XDP, &options);
    if (fd >= 0) impl->link.reset(fd);
    return fd < 0 ? -fd : 0;
  };
  int problem = EOPNOTSUPP;
  if (mode != XdpSettings::Mode::generic) {
    problem = link_with(XDP_FLAGS_DRV_MODE);
    impl->native = problem == 0;
  }
  const bool driver_cannot = problem == EOPNOTSUPP || problem == EINVAL || problem == ERANGE;
  if (mode != XdpSettings::Mode::native && driver_cannot) {
    if (mode == XdpSettings::Mode::automatic) {
      log::warn("no native xdp, generic is slower",
                {{"interface", name}, {"reason", std::strerror(problem) + remedy_for(problem)}});
    }
    problem = link_with(XDP_FLAGS_SKB_MODE);
  }
  if (problem != 0) return program_failure("cannot put the XDP program at " + name, problem);
  return std::unique_ptr<XdpProgram>(new XdpProgram(std::move(impl)));
}

bool XdpProgram::native() const noexcept { return impl_->native; }

Result<void> XdpProgram::set_addresses(const std::vector<Endpoint>& addresses) {
  constexpr std::uint8_t present = 1;
  for (const Endpoint& endpoint : addresses) {
    const xdp_address key = key_of(endpoint);
    if (bpf_map_update_elem(impl_->addresses, &key, &present, BPF_ANY) != 0) {
      return program_failure("cannot give the XDP program the address " + endpoint.to_string(), errno);
    }
  }
  for (const Endpoint& old : impl_->taken) {
    if (std::find(addresses.begin(), addresses.end(), old) != addresses.end()) continue;
    const xdp_address key = key_of(old);
    bpf_map_delete_elem(impl_->addresses, &key);
  }
  impl_->taken = addresses;
  return {};
}

Result<void> XdpProgram::set_socket(std::uint32_t queue, int socket) {
  if (bpf_map_update_elem(impl_->sockets, &queue, &socket, BPF_ANY) != 0) {
    return program_failure("cannot give the XDP program the socket of queue " + std::to_string(queue), errno);
  }
  return {};
}

void XdpProgram::remove_socket(std::uint32_t queue) noexcept { bpf_map_delete_elem(impl_->sockets, &queue); }

}  // namespace doors
