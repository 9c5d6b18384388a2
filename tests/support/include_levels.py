#!/usr/bin/env python3
"""include_levels.py ROOT: checks that every #include in zones/, server/ and sync/ keeps the levels and that each
library has one home. Prints each violation as FILE:LINE: WHY; exit code 1 if there is one.

A file includes from its own folder and from lower levels, never upwards or sideways. zones/ knows nobody; server/
and sync/ know zones/ up to their own level, and never each other. main.cpp and what lies right in server/ or sync/
wire a program together and may include all of their own side."""
import os
import re
import sys

LEVELS = {
    "zones/base": 0,
    "zones/dns": 1, "server/metrics": 1,
    "zones/content": 2, "zones/image": 2, "zones/tsig": 2, "server/message": 2, "server/handover": 2,
    "zones/load": 3, "server/answer": 3, "server/routes": 3,
    "sync/store": 4, "sync/trust": 4, "sync/xfr": 4, "sync/fleet": 4, "server/transfer": 4, "server/health": 4,
    "server/transport": 5,
    "server/xdp": 6,
    "sync/pop": 5, "sync/hub": 5, "sync/ctl": 5,
}
TOP = 7  # main.cpp

# Sideways, each for a reason.
ALLOWED = {
    ("zones/image", "zones/content"): "an image is compiled from a content",
}
# Lower, and still not.
FORBIDDEN = {
    ("server", "zones/load"): "doord does not parse zone text",
}

# Where a library may be included: folders, or single files.
HOMES = {
    "ldns": ["zones/load"],
    "toml++": ["zones/base/config.cpp"],
    "curl/": ["sync/store/remote"],
    "lmdb.h": ["sync/store/lmdb"],
    "nlohmann": ["sync/ctl"],
    "zstd.h": ["zones/content"],
    "xxhash.h": ["zones/image", "zones/base"],
    "spdlog": ["zones/base"],
    "openssl": ["zones/base", "zones/content", "zones/load", "sync/store/remote", "sync/trust", "sync/xfr", "zones/tsig"],
    "boost": ["zones/base/local_acceptor.cpp", "server/transport", "server/handover", "server/health", "server/routes", "server/xdp",
              "sync/pop", "sync/hub",
              "sync/xfr", "main"],
    "CLI": ["sync/ctl", "main"],
    "grpcpp": ["sync/store/etcd"],
    "xdp/": ["server/xdp"],
    "bpf/": ["server/xdp"],
    "doctest": [],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """The folder with a level that a file lies in; None for one that lies right in zones/, server/ or sync/."""
    parts = path.split("/")[:-1]
    while parts:
        folder = "/".join(parts)
        if folder in LEVELS:
            return folder
        parts.pop()
    return None


def is_top(path):
    return os.path.basename(path) == "main.cpp" or path.count("/") == 1


def check_own(path, target, root):
    side, target_side = path.split("/")[0], target.split("/")[0]
    if target_side not in ("zones", "server", "sync"):
        return f"includes {target}: not by path from the root, or not part of the programs"
    source = re.sub(r"(\.grpc)?\.pb\.h$", ".proto", target)  # what protoc makes is not in the tree
    if not os.path.exists(os.path.join(root, source)):
        return f"includes {target}, which does not exist"
    if target_side not in (side, "zones"):
        return f"{side}/ may not include {target_side}/ ({target})"
    folder, target_folder = folder_of(path), folder_of(target)
    if target_folder is None and not is_top(path):
        return f"includes {target}, which has no level"
    for (from_side, to), why in FORBIDDEN.items():
        if side == from_side and target_folder == to:
            return f"{from_side}/ may not include {to}: {why}"
    if is_top(path) or folder == target_folder or (folder, target_folder) in ALLOWED:
        return None
    level, target_level = LEVELS[folder], LEVELS[target_folder]
    if target_level > level:
        return f"{folder} (level {level}) includes upwards: {target} (level {target_level})"
    if target_level == level and side == target_side:
        return f"{folder} (level {level}) includes sideways: {target}"
    return None


def check_subfolder(path, target):
    """A folder below one with a level (an implementation) is known by its own files and from above only."""
    target_folder, target_directory = folder_of(target), os.path.dirname(target)
    if target_folder in (None, target_directory) or folder_of(path) != target_folder:
        return None
    if os.path.dirname(path).startswith(target_directory) or is_top(path):
        return None
    return f"includes {target} of a folder below its own"


def check_library(path, target):
    library = target.split("/")[0]
    if library not in HOMES:
        return None
    for home in HOMES[library]:
        if home == "main" and is_top(path):
            return None
        if path == home or path.startswith(home + "/"):
            return None
    return f"includes <{target}>; the home of {library} is {', '.join(HOMES[library]) or 'tests/'}"


def check_file(root, path):
    if folder_of(path) is None and not is_top(path):
        yield 0, f"{os.path.dirname(path)} has no level: give it one in {os.path.basename(__file__)}"
        return
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found.group(2)
            if found.group(1) == "<":
                wrong = check_library(path, target)
            else:
                wrong = check_own(path, target, root) or check_subfolder(path, target)
            if wrong:
                yield number, wrong


def main(root):
    violations = files = 0
    for side in ("zones", "server", "sync"):
        for directory, _, names in sorted(os.walk(os.path.join(root, side))):
            for name in sorted(names):
                if not name.endswith((".h", ".cpp")):
                    continue
                path = os.path.relpath(os.path.join(directory, name), root).replace(os.sep, "/")
                files += 1
                for number, wrong in check_file(root, path):
                    violations += 1
                    print(f"{path}:{number}: {wrong}")
    print(f"{files} files, {violations} violations")
    return 1 if violations or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
