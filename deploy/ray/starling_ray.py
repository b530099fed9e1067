#!/usr/bin/env python3
"""Starts a starling-actor on every node of a Ray cluster, on those that join later too, and keeps them running until Ctrl-C.

    python starling_ray.py --learner tcp://LEARNER:5555 --key farm.key [--bundle starling-actor-….tar.gz] [-- OPTIONS]

--bundle (of scripts/bundle) goes to nodes through Ray; without it starling-actor is in their PATH. OPTIONS are starling-actor's. An actor
takes --cpus of its node (default: all that Ray gives out there) and as many threads. The key is as safe as Ray's ports are.
"""
import argparse, io, os, shutil, signal, subprocess, sys, tarfile, tempfile, time
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for option, about in (("--learner", {"required": True}), ("--key", {}), ("--bundle", {}), ("--cpus", {"type": int})):
    parser.add_argument(option, **about)
given, options = parser.parse_known_args()


class Supervisor:
    """Has a starling-actor run on its node, which ends with it."""
    def __init__(self, bundle, key, arguments):
        folder, program = tempfile.mkdtemp(prefix="starling-"), shutil.which("starling-actor")
        if bundle is not None:
            tarfile.open(fileobj=io.BytesIO(bundle)).extractall(folder)
            program = next(os.scandir(folder)).path + "/bin/starling-actor"
        if key is not None:
            os.write(os.open(folder + "/actor.key", os.O_WRONLY | os.O_CREAT, 0o600), key)
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


try:
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as OnNode
    bundle, key = (open(path, "rb").read() if path else None for path in (given.bundle, given.key))
    ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False, logging_level="ERROR")
except (ImportError, OSError) as error:
    sys.exit(f"starling_ray: {error}; a file must be there, Ray be installed (pip install ray), and a cluster of it run (ray start)")
signal.signal(signal.SIGTERM, signal.default_int_handler)
Remote, bundle, fleet, asked = ray.remote(max_restarts=-1, max_task_retries=-1)(Supervisor), ray.put(bundle), {}, {}
try:
    while True:
        alive = {n["NodeID"]: n for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU", 0) >= (given.cpus or 1)}
        fleet, asked = ({node: its for node, its in all.items() if node in alive} for all in (fleet, asked))
        for node, facts in alive.items():
            if node not in fleet:
                cpus = given.cpus or int(facts["Resources"]["CPU"])
                words = ["--learner", given.learner, "--stay", "--threads", str(cpus)] + [word for word in options if word != "--"]
                fleet[node] = Remote.options(num_cpus=cpus, scheduling_strategy=OnNode(node, soft=False)).remote(bundle, key, words)
            asked[node] = asked.get(node) or (fleet[node].tend.remote(), time.monotonic())
        # Who has no answer yet, as where others have the CPUs, keeps nobody waiting.
        answers = ray.wait([answer for answer, _ in asked.values()], num_returns=len(asked), timeout=2)[0] if asked else []
        for node, (answer, since) in list(asked.items()):
            news = None
            if answer in answers and asked.pop(node):
                try:
                    news = ray.get(answer)
                except ray.exceptions.RayError as error:
                    news = f"not reached: {str(error).splitlines()[0]}"
            elif time.monotonic() - since > 30:
                asked[node], news = (answer, float("inf")), "no answer for 30 s: others have its CPUs, or it is cut off; waiting"
            if news:
                print(f"{alive[node]['NodeManagerAddress']}: {news}", flush=True)
        time.sleep(2)
except KeyboardInterrupt:
    ray.wait([actor.stop.remote() for actor in fleet.values()] or [ray.put(0)], num_returns=len(fleet) or 1, timeout=20)
