"""A folder of sentence-transformers made to serve without torch: its transformer as `onnx/model.onnx`."""

from __future__ import annotations

from pathlib import Path

OPSET = 17


def export_onnx(folder: Path, *, int8: bool = False) -> Path:
    """Writes `onnx/model.onnx` into `folder`, the weights in int8 where asked for, and returns the file.

    ValueError where the model's pooling or modules are such that ONNX Runtime alone could not serve it.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    from nlu.sentence_vectors import can_serve_as_onnx

    if not can_serve_as_onnx(folder):
        raise ValueError(f"{folder}: only a transformer with a tokenizer.json, pooling by cls, max or mean, and a normalization")
    transformer = SentenceTransformer(str(folder), device="cpu")[0]
    network = transformer.auto_model.eval()
    names = [
        name for name in ("input_ids", "attention_mask", "token_type_ids") if name in transformer.tokenizer.model_input_names
    ]
    example = transformer.tokenizer(["예를 들면", "예"], return_tensors="pt", padding=True)
    target = folder / "onnx" / "model.onnx"
    target.parent.mkdir(exist_ok=True)

    class Hidden(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *inputs):
            return self.network(**dict(zip(names, inputs))).last_hidden_state

    axes = {name: {0: "texts", 1: "tokens"} for name in (*names, "last_hidden_state")}
    inputs = tuple(example[name] for name in names)
    torch.onnx.export(
        Hidden(), inputs, str(target), input_names=names, output_names=["last_hidden_state"], dynamic_axes=axes,
        opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    if int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(str(target), str(target), weight_type=QuantType.QInt8)
    return target
