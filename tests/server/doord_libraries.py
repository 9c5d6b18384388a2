#!/usr/bin/env python3
"""doord parses no zone text and no JSON, and opens no connection to an engine: it is not linked with what could."""

import subprocess
import sys

FORBIDDEN_LIBRARIES = ("ldns", "grpc", "protobuf", "lmdb", "curl", "json", "prometheus")
FORBIDDEN_SYMBOLS = ("ldns_", "nlohmann", "grpc", "mdb_", "google::protobuf", "doors::load_zone", "curl_easy")

doord = sys.argv[1]
needed = [line.split("[")[1].rstrip("]") for line in
          subprocess.run(["readelf", "-d", doord], check=True, capture_output=True, text=True).stdout.splitlines()
          if "(NEEDED)" in line]
symbols = subprocess.run(["nm", "-C", doord], check=True, capture_output=True, text=True).stdout
wrong = [library for library in needed if any(word in library for word in FORBIDDEN_LIBRARIES)]
wrong += [line for line in symbols.splitlines() if any(word in line for word in FORBIDDEN_SYMBOLS)]
print("doord needs:", " ".join(needed))
for line in wrong[:20]:
    print("must not be there:", line)
sys.exit(1 if wrong or not needed else 0)
