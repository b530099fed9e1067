"""Files of data: what an installed package has, and safetensors that Starling reads."""
import hashlib
import importlib.util
import json
import os
import struct
import sys

# Lines of licences that are read on a screen.
PRINTED_LINES = 60


def folder_of(package, inside):
    """Where an installed package keeps its files."""
    found = importlib.util.find_spec(package)
    folder = found and os.path.join(found.submodule_search_locations[0], inside)
    if not folder or not os.path.isdir(folder):
        sys.exit(f"data: there is no {inside} of the Python package {package} for {sys.executable}: pip install {package}, "
                 "for instance in a virtual environment, and run this script by its python3")
    return folder


def integers(rows):
    """Rows of one length as an array: kind, shape and bytes."""
    return "I32", [len(rows), len(rows[0])], b"".join(struct.pack(f"<{len(row)}i", *row) for row in rows)


def array(values):
    """One of numpy, of 32-bit numbers or bytes, likewise."""
    kind = {"float32": "F32", "int32": "I32", "uint8": "U8"}[values.dtype.name]
    return kind, list(values.shape), values.astype(values.dtype.newbyteorder("<")).tobytes()


def path_of(name):
    """Where recipes look for it."""
    folder = os.environ.get("STARLING_DATA") or os.path.expanduser("~/.local/share/starling")
    return os.path.join(folder, name + ".safetensors")


def write(path, arrays, licences=()):
    """Whole or not at all: a run may look while it is written."""
    header, offset = {}, 0
    for name, (kind, shape, content) in arrays.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    data = struct.pack("<Q", len(head)) + head + b"".join(content for _, _, content in arrays.values())
    checksum = hashlib.sha256(data).hexdigest()
    files = {path: data, path + ".sha256": f"{checksum}  {os.path.basename(path)}\n".encode()}
    text = "\n".join(open(licence, encoding="utf-8").read() for licence in licences)
    if text:
        files[path + ".license.txt"] = text.encode()
        if text.count("\n") <= PRINTED_LINES:
            print(text)
        else:
            print(f"Licences, kept in {path}.license.txt: {', '.join(licences)}")
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    for name, content in files.items():
        with open(name + ".part", "wb") as file:
            file.write(content)
        os.replace(name + ".part", name)
    shapes = ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, (_, shape, _) in arrays.items() if name.endswith(("tokens", "ratings", "pictures")))
    print(f"{path}: {shapes}; SHA-256 {checksum}")


def read(path):
    """Its arrays, as numpy's."""
    import numpy as np

    with open(path, "rb") as file:
        content = file.read()
    size = int.from_bytes(content[:8], "little")
    kinds = {"F32": np.float32, "I32": np.int32, "U8": np.uint8}
    return {
        name: np.frombuffer(content[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]], kinds[entry["dtype"]])
        .reshape(entry["shape"])
        for name, entry in json.loads(content[8 : 8 + size]).items() if name != "__metadata__"
    }
