"""What TensorBoard's own loader finds in a folder of event files, as one JSON object."""
import json
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2

events = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={kind: 0 for kind in ("scalars", "tensors", "images")})
events.Reload()
found = {"scalars": {}, "tensors": {}, "plugins": {}}
for tag in events.Tags()["scalars"]:
    found["scalars"][tag] = [[event.step, event.value, event.wall_time] for event in events.Scalars(tag)]
for tag in events.Tags()["tensors"]:
    metadata = events.SummaryMetadata(tag)
    found["plugins"][tag] = metadata.plugin_data.plugin_name
    tensors = [event.tensor_proto for event in events.Tensors(tag)]
    last = tensors[-1]
    shape = [dim.size for dim in last.tensor_shape.dim]
    kind = metadata.plugin_data.plugin_name
    if kind == "histograms":
        import numpy
        rows = numpy.frombuffer(last.tensor_content, "<f8").reshape(shape)
        found["tensors"][tag] = {"count": rows[:, 2].sum(), "left": rows[0, 0], "right": rows[-1, 1]}
    elif kind == "text":
        found["tensors"][tag] = last.string_val[0].decode()
    elif kind == "images":
        width, height, png = last.string_val
        found["tensors"][tag] = {"width": int(width), "height": int(height), "png": png[:8].hex()}
for tag, content in events.summary_metadata.items():
    if content.plugin_data.plugin_name == "hparams":
        data = plugin_data_pb2.HParamsPluginData.FromString(content.plugin_data.content)
        found["plugins"][tag] = "hparams"
        if data.HasField("session_start_info"):
            start = data.session_start_info
            values = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
            found["session"] = {"values": values, "group": start.group_name, "time": start.start_time_secs}
        elif data.HasField("session_end_info"):
            found["status"] = data.session_end_info.status
print(json.dumps(found))
