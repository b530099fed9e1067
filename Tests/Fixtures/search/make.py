"""Search trees of mctx's own tests: what its searches found, node by node, with a model that is a table of random numbers.

    python3 -m pip install --no-deps --target /tmp/mctx mctx==0.0.71
    python3 Tests/Fixtures/search/make.py /tmp/mctx

Needs numpy and safetensors; mctx is not imported, its wheel has the trees as JSON. Nodes are in the order in which the search reached them.
"""
import json
import os
import sys

import numpy
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["muzero_tree", "muzero_qtransform_tree", "gumbel_muzero_tree", "gumbel_muzero_reward_tree"]


def walk(node, parent, nodes):
    nodes[node["evaluation_index"]] = (node, parent)
    for child in node["child_stats"]:
        if "evaluation_index" in child:
            walk(child, node["evaluation_index"], nodes)


def main(folder):
    for name in NAMES:
        with open(os.path.join(folder, "mctx", "_src", "tests", "test_data", name + ".json")) as file:
            tree = json.load(file)
        nodes = {}
        walk(tree["tree"], -1, nodes)
        nodes = [nodes[index] for index in range(len(nodes))]
        number = lambda key, default, kind: numpy.array([node.get(key, default) for node, _ in nodes], dtype=kind)
        save_file(
            {
                "visits": number("visit", 0, numpy.int32),
                "values": number("value_view", 0, numpy.float32),
                "firstValues": number("raw_value_view", 0, numpy.float32),
                "rewards": number("reward", 0, numpy.float32),
                "actions": number("action", -1, numpy.int32),
                "parents": numpy.array([parent for _, parent in nodes], dtype=numpy.int32),
                "priors": numpy.array([[child["prior"] for child in node["child_stats"]] for node, _ in nodes], dtype=numpy.float32),
                "discount": numpy.array([tree["env_config"]["discount"]], dtype=numpy.float32),
            },
            os.path.join(HERE, name.replace("_", "-") + ".safetensors"),
            {"settings": json.dumps(tree["algorithm_config"])},
        )
        print(name, len(nodes), "nodes,", len(tree["tree"]["child_stats"]), "actions:", tree["algorithm_config"])


main(sys.argv[1])
