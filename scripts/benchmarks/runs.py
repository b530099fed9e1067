"""What benchmarks of whole runs share: a port, a run's rows, what processes cost."""
import json
import os
import socket

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("STARLING_BIN", os.path.join(ROOT, ".build", "release"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rows(run):
    try:
        with open(os.path.join(run, "metrics.jsonl")) as file:
            read = [json.loads(line) for line in file if line.endswith("\n")]
            return [row for row in read if not row["rolled_back"]]
    except FileNotFoundError:
        return []


def processor_seconds(processes):
    total = 0
    for process in processes:
        with open(f"/proc/{process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
