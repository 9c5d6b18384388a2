#!/usr/bin/env python3
"""unpack.py DIR FILE...: puts NAME.xz as DIR/NAME and NAME.tar.xz as DIR/NAME/, each whole or not at all."""
import lzma
import os
import shutil
import sys
import tarfile
import tempfile


def unpack(target, packed):
    os.makedirs(target, exist_ok=True)
    name = os.path.basename(packed)
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        if name.endswith(".tar.xz"):
            final = os.path.join(target, name[: -len(".tar.xz")])
            made = os.path.join(scratch, "tree")
            os.mkdir(made)
            with tarfile.open(packed) as archive:
                for member in archive:
                    if member.isfile():  # flat: no path of the archive is followed
                        with open(os.path.join(made, os.path.basename(member.name)), "wb") as out:
                            shutil.copyfileobj(archive.extractfile(member), out)
            shutil.rmtree(final, ignore_errors=True)
        else:
            final = os.path.join(target, name[: -len(".xz")])
            made = os.path.join(scratch, "file")
            with lzma.open(packed) as source, open(made, "wb") as out:
                shutil.copyfileobj(source, out)
        os.rename(made, final)


for each in sys.argv[2:]:
    unpack(sys.argv[1], each)
