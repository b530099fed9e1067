#!/usr/bin/env python3
"""Starts a starling-actor on every node of a Ray cluster, on those that join later too, and keeps them running until Ctrl-C.

    python starling_ray.py --learner tcp://LEARNER:5555 --key farm.key [--bundle starling-actor-….tar.gz] [-- OPTIONS]

--bundle (of scripts/bundle) goes to nodes through Ray; without it starling-actor is in their PATH. OPTIONS are starling-actor's. An actor
takes --cpus of its node (default: all that Ray gives out there) and as many threads. Experience goes to the learner directly, not through
Ray. Whoever reaches Ray's ports may do anything there, so the key is as safe as they are.
"""
import argparse, io, os, shutil, signal, subprocess, sys, tarfile, tempfile, time
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy


@ray.remote(max_restarts=-1, max_task_retries=-1)
class Supervisor:
    """Has a starling-actor run on its node, which ends with it."""

    def __init__(self, bundle, key, arguments):
        folder, program = tempfile.mkdtemp(prefix="starling-"), shutil.which("starling-actor")
        if bundle is not None:
            tarfile.open(fileobj=io.BytesIO(bundle)).extractall(folder)
            program = next(os.scandir(folder)).path + "/bin/starling-actor"
        if key is not None:
            with open(os.open(folder + "/actor.key", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(key)
            arguments = arguments + ["--key", folder + "/actor.key"]
        reading, self.pipe = os.pipe()  # Whose end closes however this process ends.
        self.pass_fds, self.folder, self.child, self.pause, self.due = [reading], folder, None, 1, 0 if program else float("inf")
        self.command = [program] + arguments + ["--parent-pipe", str(reading)]

    def tend(self):
        """Starts the actor unless it runs, after ever longer pauses; says what is new."""
        ended = self.child.poll() if self.child else None
        if (self.child and ended is None) or time.monotonic() < self.due:
            return None if self.command[0] else "no starling-actor in PATH there: give --bundle"
        self.child = subprocess.Popen(self.command, pass_fds=self.pass_fds, stdin=subprocess.DEVNULL)
        self.due, self.pause = time.monotonic() + self.pause, min(64, 2 * self.pause)
        return "started" if ended is None else f"ended with status {ended}, started again"

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(15)
        shutil.rmtree(self.folder, ignore_errors=True)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for option, about in (("--learner", {"required": True}), ("--key", {}), ("--bundle", {}), ("--cpus", {"type": int})):
    parser.add_argument(option, **about)
given, options = parser.parse_known_args()
options = [word for word in options if word != "--"]
try:
    bundle, key = (open(path, "rb").read() if path else None for path in (given.bundle, given.key))
    ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False, logging_level="ERROR")
except (OSError, ConnectionError) as error:
    sys.exit(f"starling_ray: {error}; a file must be there, and a Ray cluster run (ray start)")
signal.signal(signal.SIGTERM, signal.default_int_handler)
bundle, fleet = ray.put(bundle), {}
try:
    while True:
        room = lambda node: node["Alive"] and node["Resources"].get("CPU", 0) >= (given.cpus or 1)
        alive = {node["NodeID"]: node for node in ray.nodes() if room(node)}
        fleet = {node: actor for node, actor in fleet.items() if node in alive}
        for node, facts in alive.items():
            cpus = given.cpus or int(facts["Resources"]["CPU"])
            words = ["--learner", given.learner, "--stay", "--threads", str(cpus)] + options
            if node not in fleet:
                place = NodeAffinitySchedulingStrategy(node, soft=False)
                fleet[node] = Supervisor.options(num_cpus=cpus, scheduling_strategy=place).remote(bundle, key, words)
            try:
                news = ray.get(fleet[node].tend.remote(), timeout=30)
            except (ray.exceptions.RayError, TimeoutError) as error:
                news = f"not reached: {str(error).splitlines()[0]}"
            if news:
                print(f"{facts['NodeManagerAddress']}: {news}", flush=True)
        time.sleep(2)
except KeyboardInterrupt:
    ray.wait([actor.stop.remote() for actor in fleet.values()] or [ray.put(0)], num_returns=len(fleet) or 1, timeout=20)
